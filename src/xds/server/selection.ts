/** What of one type may be sent to a client now, what is held, and what needs no sending any more. */
import type { ResourceReference, XdsType } from "../resource.ts";
import type { Holds, Wake } from "./holds.ts";
import type { ListenerSteps } from "./listener-steps.ts";
import type { Readiness } from "./readiness.ts";
import type { Removals } from "./removals.ts";
import type { ScopeResources, StoredResource } from "./store.ts";
import type { TypeState } from "./type-state.ts";

/**
 * So many endpoints go in one response at most, so that a client which asks for those of all clusters at once does not hold up others.
 * Each is taken for itself, while a part of the clusters could be read as all of them.
 */
const mostEndpoints = 1000;

/** A resource that is not sent yet, and what it waits for. */
export interface HeldResource {
  readonly name: string;
  readonly waitsFor: readonly ResourceReference[];
}

/** What is picked from the dirty names. */
export interface Selection {
  readonly upserts: StoredResource[];
  readonly removed: string[];
  /** Those of them that were marked with force. */
  readonly forced: Set<string>;
  readonly held: HeldResource[];
}

/** What decides, all of one stream. */
export interface SelectionContext {
  readonly resources: ScopeResources;
  readonly steps: ListenerSteps;
  readonly holds: Holds;
  readonly removals: Removals;
  readonly readiness: Readiness;
  /** Learns when to select again. */
  readonly wake: Wake;
  /** Whether the client can be told that resources of the type are gone. */
  tellsRemovals(type: XdsType): boolean;
  /** Whether it is being found out what the client refuses of a resource. */
  isSearching(type: XdsType, name: string): boolean;
}

/** Picks for one stream. */
export class Selector {
  readonly #context: SelectionContext;

  constructor(context: SelectionContext) {
    this.#context = context;
  }

  /** Picks what may go now from the dirty names, and forgets those that need no sending. */
  select(state: TypeState): Selection {
    const selection: Selection = { upserts: [], removed: [], forced: new Set(), held: [] };
    const { isSearching } = this.#context;
    const resources = this.#context.resources.all(state.type);
    const most = state.type === "ClusterLoadAssignment" ? mostEndpoints : Number.POSITIVE_INFINITY;
    for (const name of state.suspects[0] ?? state.dirty) {
      if (!state.dirty.has(name) || isSearching(state.type, name)) continue;
      if (selection.upserts.length === most) break;
      const forced = state.forced.has(name);
      const stored = resources.get(name);
      const picked =
        stored === undefined ? this.#pickRemoval(state, name, forced, selection) : this.#pick(state, stored, forced, selection);
      if (picked && forced) selection.forced.add(name);
    }
    return selection;
  }

  #pick(state: TypeState, target: StoredResource, forced: boolean, selection: Selection): boolean {
    const step = state.type === "Listener" ? this.#context.steps.next(target) : undefined;
    const stored = step?.listener ?? target;
    const { name, version } = stored;
    const present = state.accepted.get(name);
    this.#context.removals.stays(state.type, name);
    const refused = state.isRefused(name, version);
    if (refused && forced && present?.stored !== undefined) return selection.upserts.push(present.stored) > 0;
    const same = present?.version === version && (state.type !== "Cluster" || this.#context.readiness.isTracked(stored));
    if (refused || (same && !forced)) {
      if (step === undefined || step.waitsFor.length === 0) state.settle(name);
      else selection.held.push({ name, waitsFor: step.waitsFor.map((routes) => ({ type: "RouteConfiguration", name: routes })) });
      if (same) this.#recognize(state, stored);
      return false;
    }
    const waitsFor = this.#context.holds.blockers(stored, this.#context.wake);
    if (waitsFor.length > 0) selection.held.push({ name, waitsFor });
    else selection.upserts.push(stored);
    return waitsFor.length === 0;
  }

  /** The client has this version, and now its content is known. */
  #recognize(state: TypeState, stored: StoredResource): void {
    if (state.accepted.get(stored.name)?.stored === undefined) state.accepted.set(stored.name, stored);
  }

  #pickRemoval(state: TypeState, name: string, forced: boolean, selection: Selection): boolean {
    const { type } = state;
    const known = state.accepted.has(name);
    if (!known && !forced) {
      state.forget(name);
      if (type === "Cluster") this.#context.readiness.settle(name);
    } else if (!this.#context.tellsRemovals(type)) state.settle(name);
    else if (forced || this.#context.removals.mayGo(type, name, this.#context.wake)) return selection.removed.push(name) > 0;
    return false;
  }
}
