/**
 * One client's stream: decides what to send and when, so that every step is one the client can survive ("make before break"). Knows
 * neither gRPC nor the two variants of the protocol.
 *
 * Clusters go first, then their endpoints, secrets, listeners and routes; at most one response per type is under way. What may not
 * go yet (holds.ts, removals.ts) stays in the set of dirty names, so a change that comes meanwhile is sent once, in its newest version.
 */

import type { Clock } from "../../graph/index.ts";
import type { XdsType } from "../resource.ts";
import { bindFailure, isRepeated, retryAll, retryDue, unbound } from "./bind-retries.ts";
import type { Answer } from "./discovery-request.ts";
import type { Fault } from "./fault-search.ts";
import { type FaultListener, FaultSearches } from "./fault-searches.ts";
import { Holds } from "./holds.ts";
import { addInterest, dropInterest, startInterest } from "./interest.ts";
import { maybeKept, maybeTaken, notTaken } from "./known-version.ts";
import { ListenerSteps } from "./listener-steps.ts";
import { isAwaited, type Need, Readiness } from "./readiness.ts";
import { judge } from "./rejections.ts";
import { Removals } from "./removals.ts";
import { type HeldResource, type Selection, Selector } from "./selection.ts";
import type { ChangedNames, ScopeResources, StoredResource } from "./store.ts";
import { type Batch, type InFlight, type Rejection, TypeState } from "./type-state.ts";

/** The order in which types are sent. */
const sendOrder: readonly XdsType[] = ["Cluster", "ClusterLoadAssignment", "Secret", "Listener", "RouteConfiguration"];

/** A response to be encoded. */
export interface Response extends Batch {
  readonly state: TypeState;
  readonly nonce: string;
  readonly version: string;
}

/** What the stream needs from the variant of the protocol and from the connection. */
export interface Channel {
  /** Whether the variant can tell the client that resources of the type are gone. */
  tellsRemovals(type: XdsType): boolean;
  /** Sends a response; false when the connection cannot take more until `writable` is called. */
  send(response: Response): boolean;
}

/** How the stream behaves, and who hears of it. */
export interface StreamOptions {
  readonly clock: Clock;
  /** How long a resource waits at most for what it needs, in milliseconds. */
  readonly holdMs: number;
  /** How long a resource stays after its last use, in milliseconds. */
  readonly drainMs: number;
  /** What the client has, wants or misses may have changed. */
  readonly onChange: () => void;
  /** The client refused these resources; `again`: as the last time, when it was sent the same. */
  readonly onReject: (type: XdsType, names: readonly string[], message: string, again: boolean) => void;
  /** What was found to be wrong with a RouteConfiguration or Listener that the client refused. */
  readonly onFaults: FaultListener;
}

/** The state machine of one stream. Feed it with what the client says and what the store publishes; call `pump` after. */
export class ResourceStream {
  readonly types = new Map<XdsType, TypeState>();
  readonly #held = new Map<XdsType, readonly HeldResource[]>();
  readonly #resources: ScopeResources;
  readonly #channel: Channel;
  readonly #options: StreamOptions;
  readonly #readiness: Readiness;
  readonly #holds: Holds;
  readonly #removals: Removals;
  readonly #selector: Selector;
  readonly #faults: FaultSearches;
  /** Resources of which faults were found → until when other versions of them may be expected. */
  readonly #explained = new Map<string, number>();
  #order = 0;
  #full = false;
  #closed = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};

  constructor(resources: ScopeResources, channel: Channel, options: StreamOptions) {
    const { clock, holdMs, drainMs } = options;
    this.#resources = resources;
    this.#channel = channel;
    this.#options = options;
    this.#readiness = new Readiness(clock, holdMs);
    const steps = new ListenerSteps(this.types, resources);
    this.#holds = new Holds({ types: this.types, resources, readiness: this.#readiness, steps, clock, holdMs });
    this.#faults = new FaultSearches((type, name, faults) => this.#found(type, name, faults));
    this.#removals = new Removals(this.types, clock, drainMs);
    this.#selector = new Selector({
      resources,
      steps,
      holds: this.#holds,
      removals: this.#removals,
      readiness: this.#readiness,
      wake: this.#wake,
      tellsRemovals: (type) => channel.tellsRemovals(type),
      isSearching: (type, name) => this.#faults.isUnderway(type, name),
    });
  }

  /** What the client is to be sent. */
  get resources(): ScopeResources {
    return this.#resources;
  }

  /** The resources of a type that wait, and for what, as of the last `pump`. */
  held(type: XdsType): readonly HeldResource[] {
    return this.#held.get(type) ?? [];
  }

  /** The first request for a type; see `startInterest`. */
  start(type: XdsType, names: readonly string[], initialVersions: ReadonlyMap<string, string>): TypeState {
    const state = new TypeState(type);
    startInterest(state, this.#resources, names, initialVersions);
    this.types.set(type, state);
    this.#removals.started(type);
    this.#expectClusters(state);
    this.#sendAgain(state, initialVersions.keys());
    // Envoy asks for listeners only when its first clusters are warm.
    if (type === "Listener" && initialVersions.size === 0) this.#readiness.assumeWarm();
    return state;
  }

  /** A later request: names that the client wants from now on, and names that it no longer wants. */
  change(state: TypeState, added: readonly string[], gone: readonly string[]): void {
    addInterest(state, this.#resources, added);
    dropInterest(state, gone);
    if (added.length > 0 || gone.length > 0) this.#expectClusters(state);
  }

  /** What the client says of a response. An answer to anything but the response under way is stale and means nothing. */
  answer(state: TypeState, { nonce, error }: Answer): void {
    const { inFlight } = state;
    if (inFlight === undefined || inFlight.nonce !== nonce) return;
    state.inFlight = undefined;
    if (inFlight.trial !== undefined) this.#tried(state, inFlight.trial, error);
    else if (error === undefined) this.#accept(state, inFlight);
    else this.#reject(state, inFlight, error);
  }

  /** Whether it is being found out what the client refuses of a resource, or was, and another version of it is to be expected. */
  isExplaining(type: XdsType, name: string): boolean {
    return this.#faults.isUnderway(type, name) || this.#explained.has(explainedKey(type, name));
  }

  /** The store changed. */
  changed(changes: ChangedNames): void {
    for (const [type, names] of changes) {
      const state = this.types.get(type);
      if (state === undefined) continue;
      for (const name of names) {
        if (state.subscription.has(name)) state.mark(name);
        if (type === "Cluster" && this.#resources.get(type, name) === undefined) this.#readiness.gone(name);
      }
      this.#expectClusters(state);
    }
  }

  /** Sends the listeners whose address the client could not bind once more: it may be free now. */
  retryUnbound(): void {
    const state = this.types.get("Listener");
    if (state === undefined || state.rejected.size === 0) return;
    retryAll(state);
    this.pump();
  }

  /** The connection can take more. */
  writable(): void {
    this.#full = false;
    this.pump();
  }

  /** Sends what may go now. */
  pump(): void {
    if (this.#closed) return;
    this.#stopWaking();
    const listeners = this.types.get("Listener");
    if (listeners !== undefined) retryDue(listeners, this.#options.clock.now(), this.#wake);
    for (const type of sendOrder) {
      const state = this.types.get(type);
      if (state !== undefined && state.inFlight === undefined && !this.#full) this.#sendNext(state);
    }
    this.#expectOthers();
    if (this.#wakeAt < Number.POSITIVE_INFINITY) {
      this.#cancelWake = this.#options.clock.after(Math.max(0, this.#wakeAt - this.#options.clock.now()), () => this.pump());
    }
    this.#options.onChange();
  }

  /** The client is gone. */
  close(): void {
    this.#closed = true;
    this.#stopWaking();
  }

  #found(type: XdsType, name: string, faults: readonly Fault[]): void {
    const { clock, holdMs, onFaults } = this.#options;
    if (faults.length > 0) this.#explained.set(explainedKey(type, name), clock.now() + holdMs);
    onFaults(type, name, faults);
  }

  /** What is refused although its faults were found is told as such when there is no other version in time. */
  #expectOthers(): void {
    const now = this.#options.clock.now();
    for (const [key, until] of this.#explained) {
      if (until <= now) this.#explained.delete(key);
      else this.#wake(until);
    }
  }

  #stopWaking(): void {
    this.#cancelWake();
    this.#cancelWake = () => {};
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  readonly #wake = (at: number): void => {
    this.#wakeAt = Math.min(this.#wakeAt, at);
  };

  #sendNext(state: TypeState): void {
    for (;;) {
      const selection = this.#selector.select(state);
      this.#held.set(state.type, selection.held);
      if (selection.upserts.length > 0 || selection.removed.length > 0) {
        this.#send(state, selection);
        return;
      }
      if (state.suspects.shift() === undefined) {
        if (this.#try(state)) return;
        if (!state.answered && state.subscription.wildcard && selection.held.length === 0) this.#send(state, selection);
        return;
      }
    }
  }

  /** Sends the next trial of the searches for faults. */
  #try(state: TypeState): boolean {
    const trial = this.#faults.next(state.type);
    if (trial === undefined) return false;
    this.#send(state, { upserts: [trial], removed: [], forced: new Set(), held: [] }, trial);
    return true;
  }

  #tried(state: TypeState, trial: StoredResource, message: string | undefined): void {
    this.#faults.answered(trial, message);
    // It took what nobody can use, and must get back what it had.
    if (message === undefined && state.subscription.has(trial.name)) state.mark(trial.name, true);
  }

  #send(state: TypeState, { upserts, removed, forced }: Selection, trial?: StoredResource): void {
    const order = ++this.#order;
    const nonce = order.toString(36);
    const response: Response = { state, upserts, removed, nonce, version: String(this.#resources.version) };
    const writable = this.#channel.send(response);
    state.inFlight = { upserts, removed, forced, nonce, order, ...(trial && { trial }) };
    state.answered = true;
    state.lastNonce = nonce;
    for (const { name, version } of trial === undefined ? upserts : []) {
      state.settle(name);
      // A step on the way: the listener of the store is still to come.
      if (state.type === "Listener" && this.#resources.get(state.type, name)?.version !== version) state.mark(name);
    }
    for (const name of removed) state.settle(name);
    this.#removals.sent(state.type, upserts);
    if (state.type === "Cluster") {
      for (const cluster of upserts) this.#clusterSent(cluster, order);
      for (const name of removed) this.#readiness.settle(name);
    }
    this.#full = !writable;
  }

  /** Clusters sent before the client said what it has from before wait for that, too, and it does not ask for it again. */
  #sendAgain(state: TypeState, names: Iterable<string>): void {
    const { type } = state;
    if (!isAwaited(type)) return;
    for (const name of names) if (this.#readiness.isWaitingFor(type, name)) state.mark(name, true);
  }

  /**
   * Envoy keeps a changed cluster warming until its endpoints come again, but does not ask for them again. A cluster with TLS warms
   * until its secrets are there, which it asks for unless it has them.
   */
  #clusterSent(cluster: StoredResource, order: number): void {
    const needs: Need[] = [];
    for (const { type, name } of cluster.resource.references) {
      const state = this.types.get(type);
      if (type === "ClusterLoadAssignment") {
        if (state?.subscription.has(name)) state.mark(name, true);
        needs.push({ type, name });
      } else if (type === "Secret" && state?.accepted.has(name) !== true && this.#resources.get(type, name) !== undefined) {
        needs.push({ type, name });
      }
    }
    this.#readiness.sent(cluster, order, needs);
  }

  #accept(state: TypeState, inFlight: InFlight): void {
    for (const resource of inFlight.upserts) {
      if (!state.subscription.has(resource.name)) continue;
      state.accepted.set(resource.name, resource);
      const refused = state.rejected.get(resource.name)?.version;
      const isOver = (version: string) =>
        version === resource.version || version !== this.#resources.get(state.type, resource.name)?.version;
      if (refused !== undefined && isOver(refused)) state.rejected.delete(resource.name);
      if (state.type === "Cluster") this.#readiness.clusterAccepted(resource);
      if (state.type === "Listener") this.#holds.listenerAnswered(resource.name);
    }
    for (const name of inFlight.removed) this.#gone(state, inFlight, name);
    if (isAwaited(state.type)) this.#readiness.neededAccepted(state.type, inFlight);
    state.suspects.shift();
  }

  /** The client took the word that a resource is gone. */
  #gone(state: TypeState, { forced }: InFlight, name: string): void {
    const present = state.accepted.get(name);
    state.accepted.delete(name);
    state.rejected.delete(name);
    this.#removals.stays(state.type, name);
    if (state.type !== "RouteConfiguration" || present === undefined || !forced.has(name)) return;
    // Told because it asked, not because nothing refers to the routes any more.
    state.accepted.set(name, maybeKept(present));
    state.mark(name);
  }

  #reject(state: TypeState, inFlight: InFlight, message: string): void {
    const names = inFlight.upserts.map(({ name }) => name);
    const { guilty, suspects } = judge(message, names);
    state.suspects.splice(0, 1, ...suspects);
    const before = guilty.map((name) => state.rejected.get(name));
    for (const resource of inFlight.upserts) {
      const { name } = resource;
      if (guilty.includes(name)) this.#blame(state, resource, message);
      else if (state.subscription.has(name)) {
        state.accepted.set(name, maybeTaken(state.accepted.get(name), resource));
        state.mark(name, inFlight.forced.has(name));
      }
    }
    // A removal has nothing that could be wrong; sent again with the rest, but alone it would be refused for ever.
    for (const name of inFlight.removed) names.length > 0 ? state.mark(name, true) : this.#gone(state, inFlight, name);
    const again = guilty.length > 0 && guilty.every((name, i) => isRepeated(before[i], state.rejected.get(name)));
    this.#options.onReject(state.type, guilty.length > 0 ? guilty : names, message, again);
  }

  /** The client refused this resource: for the sake of its address, or of what is in it. */
  #blame(state: TypeState, resource: StoredResource, message: string): void {
    const { name, version } = resource;
    const failure = state.type === "Listener" ? bindFailure(message, name) : undefined;
    if (failure !== undefined) {
      this.#refuse(state, name, unbound(version, failure, state.rejected.get(name), this.#options.clock.now()));
      return;
    }
    this.#refuse(state, name, { version, message });
    this.#faults.begin(resource, state.accepted.get(name));
  }

  #refuse(state: TypeState, name: string, rejection: Rejection): void {
    state.rejected.set(name, rejection);
    const present = notTaken(state.accepted.get(name), rejection.version);
    if (present === undefined) state.accepted.delete(name);
    else state.accepted.set(name, present);
    if (state.type === "Listener") this.#holds.listenerAnswered(name);
    if (state.type === "Cluster" && present !== undefined) this.#readiness.refused(name);
  }

  #expectClusters(state: TypeState): void {
    if (state.type !== "Cluster") return;
    const clusters = this.#resources.all("Cluster");
    for (const name of state.dirty) {
      const cluster = clusters.get(name);
      if (cluster === undefined || state.rejected.get(name)?.version === cluster.version) continue;
      const onlyMarked = state.inFlight === undefined && !state.forced.has(name);
      if (onlyMarked && state.accepted.get(name)?.version === cluster.version) this.#readiness.returned(name);
      else this.#readiness.expect(cluster, state.accepted.has(name));
    }
  }
}

function explainedKey(type: XdsType, name: string): string {
  return `${type} ${name}`;
}
