/**
 * Which clusters a client cannot use yet. A cluster is ready when the client accepted it and what was sent after it: the endpoints,
 * if it takes them from EDS, and the secrets that it is the first to name. Envoy keeps an added or changed cluster warming until they come. Clusters that warm without telling (DNS,
 * health checks) are ready a time after their acceptance that is computed from their settings.
 */
import type { Clock } from "../../graph/index.ts";
import type { XdsType } from "../resource.ts";
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

function needKey(type: AwaitedType, name: string): string {
  return `${type} ${name}`;
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
  /** What has to be accepted after the cluster; see `needKey`. */
  needs: readonly string[];
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
  /** What is needed → the clusters that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();

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
    const before = this.#unready.get(cluster.name);
    this.returned(cluster.name);
    if (before?.cluster.version === cluster.version) return;
    const hadReady = before === undefined ? hasOther : before.sentIn === undefined && before.hadReady;
    this.settle(cluster.name);
    this.#unready.set(cluster.name, { cluster, accepted: false, absent: false, hadReady, needs: noNeeds });
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
    for (const need of state.needs) this.#stopWaiting(need, name);
    this.#unready.delete(name);
  }

  /**
   * The cluster goes out in response `order`.
   * @param needs what it waits for, by name
   */
  sent(cluster: StoredResource, order: number, needs: Readonly<Record<AwaitedType, readonly string[]>>): void {
    this.expect(cluster, false);
    const state = this.#unready.get(cluster.name);
    if (state === undefined) return;
    state.sentIn = order;
    for (const type of awaited) {
      for (const name of needs[type]) {
        const need = needKey(type, name);
        state.needs = [...state.needs, need];
        entryOf(this.#waiting, need, () => new Set<string>()).add(cluster.name);
      }
    }
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
    for (const { name } of upserts) this.#isThere(needKey(type, name), order);
    for (const name of removed) this.#isThere(needKey(type, name), order);
  }

  /** Whether clusters wait for that resource. */
  isWaitingFor(type: AwaitedType, name: string): boolean {
    return this.#waiting.has(needKey(type, name));
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

  #isThere(need: string, order: number): void {
    for (const name of [...(this.#waiting.get(need) ?? [])]) {
      const state = this.#unready.get(name);
      if (state?.sentIn === undefined || state.sentIn >= order) continue;
      state.needs = state.needs.filter((other) => other !== need);
      this.#stopWaiting(need, name);
      this.#advance(state);
    }
  }

  #stopWaiting(need: string, cluster: string): void {
    const waiting = this.#waiting.get(need);
    waiting?.delete(cluster);
    if (waiting?.size === 0) this.#waiting.delete(need);
  }

  #advance(state: Unready): void {
    if (!state.accepted || state.needs.length > 0) return;
    const { warmUpMs, name } = state.cluster.resource;
    if (warmUpMs > 0) state.warmAt ??= this.#clock.now() + warmUpMs;
    else this.settle(name);
  }
}
