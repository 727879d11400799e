/**
 * Which clusters a client cannot use yet. A cluster is ready when the client accepted it and, if it takes endpoints from EDS, also the
 * endpoints sent after it: Envoy keeps an added or changed cluster warming until they come. Clusters that warm without telling (DNS,
 * health checks) are ready a time after their acceptance that is computed from their settings.
 */
import type { Clock } from "./clock.ts";
import { entryOf } from "./map-entry.ts";
import type { StoredResource } from "./store.ts";
import type { InFlight } from "./type-state.ts";

interface Unready {
  readonly cluster: StoredResource;
  /** Order of the response that carried this version; undefined before it was sent. */
  sentIn?: number;
  accepted: boolean;
  /** The ClusterLoadAssignments that have to be accepted after the cluster. */
  readonly endpoints: Set<string>;
  /** From when on a silently warming cluster counts as ready. */
  warmAt?: number;
  /** Until when others wait for it at most; set when the first begins to wait. */
  patience?: number;
}

/** The clusters of one client that are not ready, by name. A cluster that is not in here is ready or does not exist. */
export class Readiness {
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #unready = new Map<string, Unready>();
  /** ClusterLoadAssignment → the clusters that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();

  /** @param holdMs how long others wait at most for a cluster to be accepted */
  constructor(clock: Clock, holdMs: number) {
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** A version of a cluster that the client has yet to get. */
  expect(cluster: StoredResource): void {
    if (this.#unready.get(cluster.name)?.cluster === cluster) return;
    this.settle(cluster.name);
    this.#unready.set(cluster.name, { cluster, accepted: false, endpoints: new Set() });
  }

  /** The cluster is as ready as it will be, or gone: nothing waits for it. */
  settle(name: string): void {
    const state = this.#unready.get(name);
    if (state === undefined) return;
    for (const endpoints of state.endpoints) this.#stopWaiting(endpoints, name);
    this.#unready.delete(name);
  }

  /**
   * The cluster goes out in response `order`.
   * @param endpoints its ClusterLoadAssignments that exist
   */
  sent(cluster: StoredResource, order: number, endpoints: readonly string[]): void {
    this.expect(cluster);
    const state = this.#unready.get(cluster.name);
    if (state === undefined) return;
    state.sentIn = order;
    for (const name of endpoints) {
      state.endpoints.add(name);
      entryOf(this.#waiting, name, () => new Set<string>()).add(cluster.name);
    }
  }

  /** The client accepted this version of the cluster. */
  clusterAccepted(cluster: StoredResource): void {
    const state = this.#unready.get(cluster.name);
    if (state?.cluster !== cluster) return;
    state.accepted = true;
    this.#advance(state);
  }

  /** The client accepted a response with endpoints. */
  endpointsAccepted({ upserts, removed, order }: InFlight): void {
    for (const { name } of upserts) this.#endpointsThere(name, order);
    for (const name of removed) this.#endpointsThere(name, order);
  }

  /** These endpoints do not exist any more: nobody waits for them. */
  endpointsGone(name: string): void {
    this.#endpointsThere(name, Number.POSITIVE_INFINITY);
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
      if (!isNeeded(name)) continue;
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

  #endpointsThere(endpoints: string, order: number): void {
    for (const name of [...(this.#waiting.get(endpoints) ?? [])]) {
      const state = this.#unready.get(name);
      if (state?.sentIn === undefined || state.sentIn >= order) continue;
      state.endpoints.delete(endpoints);
      this.#stopWaiting(endpoints, name);
      this.#advance(state);
    }
  }

  #stopWaiting(endpoints: string, cluster: string): void {
    const waiting = this.#waiting.get(endpoints);
    waiting?.delete(cluster);
    if (waiting?.size === 0) this.#waiting.delete(endpoints);
  }

  #advance(state: Unready): void {
    if (!state.accepted || state.endpoints.size > 0) return;
    const { warmUpMs, name } = state.cluster.resource;
    if (warmUpMs > 0) state.warmAt ??= this.#clock.now() + warmUpMs;
    else this.settle(name);
  }
}
