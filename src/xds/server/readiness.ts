/**
 * Which clusters a client cannot use yet. A cluster is ready when the client accepted it and what was sent after it: the endpoints,
 * if it takes them from EDS, and the secrets that it is the first to name. Envoy keeps an added or changed cluster warming until they come. Clusters that warm without telling (DNS,
 * health checks) are ready a time after their acceptance that is computed from their settings.
 */
import type { Clock } from "../../graph/index.ts";
import type { ResourceReference, XdsType } from "../resource.ts";
import { entryOf } from "./map-entry.ts";
import type { StoredResource } from "./store.ts";
import type { InFlight } from "./type-state.ts";

/** The types of resources that clusters wait for. */
const awaited = ["ClusterLoadAssignment", "Secret"] as const;

/** A type of resources that clusters wait for. */
export type AwaitedType = (typeof awaited)[number];

/** Whether clusters wait for resources of the type. */
export function isAwaited(type: XdsType): type is AwaitedType {
  return awaited.some((each) => each === type);
}

/** A resource that a cluster waits for. */
export interface Need extends ResourceReference {
  readonly type: AwaitedType;
}

interface Unready {
  readonly cluster: StoredResource;
  /** Order of the response that carried this version; undefined before it was sent. */
  sentIn?: number;
  accepted: boolean;
  /** Gone from the store: nobody waits for it, but the client still has it and it may come back. */
  absent: boolean;
  /** Whether the client had another version that was ready, when this one came up. */
  readonly hadReady: boolean;
  /** What has to be accepted after the cluster. */
  needs: readonly Need[];
  /** From when on a silently warming cluster counts as ready. */
  warmAt?: number;
  /** Until when others wait for it at most; set when the first begins to wait. */
  patience?: number;
}

const noNeeds: readonly never[] = [];

/** The clusters of one client that are not ready, by name. A cluster that is not in here is ready or does not exist. */
export class Readiness {
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #unready = new Map<string, Unready>();
  /** Who waits for what has another name than itself: `needKey` → clusters. Most wait for endpoints of their own name. */
  readonly #waiting = new Map<string, Set<Unready>>();

  /** @param holdMs how long others wait at most for a cluster to be accepted */
  constructor(clock: Clock, holdMs: number) {
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /**
   * A version of a cluster that the client has yet to get.
   * @param hasOther whether the client has another version of it
   */
  expect(cluster: StoredResource, hasOther: boolean): void {
    this.#expected(cluster, hasOther);
  }

  /**
   * Whether it is known how ready the version is that the client has and shall keep. A change that was taken back before it went out
   * is forgotten here; where it had replaced a version that was still warming, the answer is no.
   */
  isTracked(cluster: StoredResource): boolean {
    const state = this.#unready.get(cluster.name);
    if (state === undefined || state.sentIn !== undefined)
      return state === undefined || state.cluster.version === cluster.version;
    if (state.hadReady) this.settle(cluster.name);
    return state.hadReady;
  }

  /** The client refused the version: when it has another that is ready, that one answers as before. */
  refused(name: string): void {
    if (this.#unready.get(name)?.hadReady) this.settle(name);
  }

  /** The cluster is gone from the store. */
  gone(name: string): void {
    const state = this.#unready.get(name);
    if (state !== undefined) state.absent = true;
  }

  /** The cluster is back in the store. */
  returned(name: string): void {
    const state = this.#unready.get(name);
    if (state !== undefined) state.absent = false;
  }

  /** The cluster is as ready as it will be, or the client does not have it any more. */
  settle(name: string): void {
    const state = this.#unready.get(name);
    if (state === undefined) return;
    for (const need of state.needs) this.#stopWaiting(need, state);
    this.#unready.delete(name);
  }

  /**
   * The cluster goes out in response `order`.
   * @param needs what it waits for; something may come several times
   */
  sent(cluster: StoredResource, order: number, needs: readonly Need[]): void {
    const state = this.#expected(cluster, false);
    state.sentIn = order;
    const more = needs.filter((need) => !state.needs.some((other) => isSame(other, need)));
    state.needs = state.needs.length === 0 ? more : [...state.needs, ...more];
    for (const need of needs)
      if (need.name !== cluster.name) entryOf(this.#waiting, needKey(need), () => new Set<Unready>()).add(state);
  }

  /** The client accepted this version of the cluster. */
  clusterAccepted(cluster: StoredResource): void {
    const state = this.#unready.get(cluster.name);
    // Without a response that carried it, the answer is about a version that was gone and is back since.
    if (state?.sentIn === undefined || state.cluster.version !== cluster.version) return;
    state.accepted = true;
    this.#advance(state);
  }

  /** The client accepted a response with what clusters wait for, or with the word that there is none. */
  neededAccepted(type: AwaitedType, { upserts, removed, order }: InFlight): void {
    for (const { name } of upserts) this.#isThere({ type, name }, order);
    for (const name of removed) this.#isThere({ type, name }, order);
  }

  /** Whether clusters wait for that resource. */
  isWaitingFor(type: AwaitedType, name: string): boolean {
    return this.#waitingFor({ type, name }).next().done !== true;
  }

  /** Every cluster that the client accepted is warm: what Envoy says by asking for its first listeners. */
  assumeWarm(): void {
    for (const [name, { accepted }] of this.#unready) if (accepted) this.settle(name);
  }

  /** Whether no cluster is unready. */
  get isEmpty(): boolean {
    return this.#unready.size === 0;
  }

  /**
   * The clusters that someone would have to wait for. Asking starts the clock: after `holdMs` without the client having accepted it,
   * a cluster is not worth waiting for. `wake` learns when to ask again.
   */
  *blocking(isNeeded: (cluster: string) => boolean, wake: (at: number) => void): Generator<string> {
    const now = this.#clock.now();
    for (const [name, state] of this.#unready) {
      if (state.absent || !isNeeded(name)) continue;
      if (state.warmAt !== undefined && state.warmAt <= now) {
        this.settle(name);
        continue;
      }
      state.patience ??= now + this.#holdMs;
      const until = state.warmAt ?? state.patience;
      if (until <= now) continue;
      wake(until);
      yield name;
    }
  }

  #expected(cluster: StoredResource, hasOther: boolean): Unready {
    const before = this.#unready.get(cluster.name);
    if (before !== undefined) before.absent = false;
    if (before?.cluster.version === cluster.version) return before;
    const hadReady = before === undefined ? hasOther : before.sentIn === undefined && before.hadReady;
    if (before !== undefined) this.settle(cluster.name);
    const state: Unready = { cluster, accepted: false, absent: false, hadReady, needs: noNeeds };
    this.#unready.set(cluster.name, state);
    return state;
  }

  #isThere(need: Need, order: number): void {
    for (const state of this.#waitingFor(need)) {
      if (state.sentIn === undefined || state.sentIn >= order) continue;
      state.needs = state.needs.filter((other) => !isSame(other, need));
      this.#stopWaiting(need, state);
      this.#advance(state);
    }
  }

  *#waitingFor(need: Need): Generator<Unready> {
    const namesake = this.#unready.get(need.name);
    if (namesake?.needs.some((other) => isSame(other, need))) yield namesake;
    yield* this.#waiting.get(needKey(need)) ?? [];
  }

  #stopWaiting(need: Need, state: Unready): void {
    if (need.name === state.cluster.name) return;
    const waiting = this.#waiting.get(needKey(need));
    waiting?.delete(state);
    if (waiting?.size === 0) this.#waiting.delete(needKey(need));
  }

  #advance(state: Unready): void {
    if (!state.accepted || state.needs.length > 0) return;
    const { warmUpMs, name } = state.cluster.resource;
    if (warmUpMs > 0) state.warmAt ??= this.#clock.now() + warmUpMs;
    else this.settle(name);
  }
}

function needKey({ type, name }: Need): string {
  return `${type} ${name}`;
}

function isSame(a: Need, b: Need): boolean {
  return a.name === b.name && a.type === b.type;
}
