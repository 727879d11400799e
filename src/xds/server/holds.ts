/**
 * What a resource has to wait for before a client may get it, so that the change never sends a request to something that cannot
 * answer yet. What the client's present version already uses is never waited for, and every wait is bounded but one: routes never go
 * before the filters that they need on their listener.
 */

import type { Clock } from "../../graph/index.ts";
import type { ResourceReference, XdsType } from "../resource.ts";
import type { ListenerSteps } from "./listener-steps.ts";
import type { Readiness } from "./readiness.ts";
import type { KnownVersion, ScopeResources, StoredResource } from "./store.ts";
import type { TypeState } from "./type-state.ts";

/** What the rules look at. */
export interface HoldContext {
  readonly types: ReadonlyMap<XdsType, TypeState>;
  readonly resources: ScopeResources;
  readonly readiness: Readiness;
  readonly steps: ListenerSteps;
  readonly clock: Clock;
  /** How long a resource waits at most for a client's answer, in milliseconds. */
  readonly holdMs: number;
}

/** Learns the moment at which the rules may decide differently. */
export type Wake = (at: number) => void;

/** The holding rules of one stream. */
export class Holds {
  readonly #context: HoldContext;
  /** Changed listener → until when its routes wait for it. */
  readonly #patience = new Map<string, number>();

  constructor(context: HoldContext) {
    this.#context = context;
  }

  /** What keeps `resource` from being sent now; empty when it may go. */
  blockers(resource: StoredResource, wake: Wake): ResourceReference[] {
    const { type, name } = resource.resource;
    const present = this.#context.types.get(type)?.accepted.get(name);
    if (type === "RouteConfiguration") {
      return [
        ...this.#unreadyClusters(resource, present, wake),
        ...this.#changingListeners(resource, wake),
        ...this.#warmingListeners(resource, present),
      ];
    }
    if (type === "Listener") {
      return [...this.#unreadyClusters(resource, present, wake), ...this.#unreadyRoutes(resource, present, wake)];
    }
    return [];
  }

  /** The client answered for a listener: the clock for its next version starts anew. */
  listenerAnswered(name: string): void {
    this.#patience.delete(name);
  }

  /** Clusters that `resource` needs, its present version does not, and that cannot answer yet. */
  #unreadyClusters(resource: StoredResource, present: KnownVersion | undefined, wake: Wake): ResourceReference[] {
    const { readiness } = this.#context;
    if (readiness.isEmpty) return [];
    const isNeeded = (cluster: string) => resource.refersTo("Cluster", cluster) && present?.refersTo("Cluster", cluster) !== true;
    const names = readiness.blocking(isNeeded, wake);
    return Array.from(names, (name) => ({ type: "Cluster", name }));
  }

  /**
   * Listeners that the client has accepted but does not use before it has all that they refer to, where the routes newly need one of
   * their filters: until then, the listener before serves them. Routes that the client does not have are not served by anything.
   */
  #warmingListeners({ name, filters }: StoredResource, present: KnownVersion | undefined): ResourceReference[] {
    if (filters.size === 0 || present === undefined) return [];
    const before = present.filters;
    if (before !== "any" && isAmong(filters, before)) return [];
    const held: ResourceReference[] = [];
    for (const [listener, version] of this.#context.types.get("Listener")?.accepted ?? []) {
      if (version.references("RouteConfiguration")?.has(name) && this.#isWarming(version))
        held.push({ type: "Listener", name: listener });
    }
    return held;
  }

  /** Whether the client misses routes or secrets that there are for a listener. */
  #isWarming(listener: KnownVersion): boolean {
    const { types, resources } = this.#context;
    return (["RouteConfiguration", "Secret"] as const).some((type) =>
      listener
        .references(type)
        ?.values()
        .some((name) => !types.get(type)?.accepted.has(name) && resources.get(type, name) !== undefined),
    );
  }

  /**
   * RouteConfigurations that a listener newly refers to and that would be held themselves. The client asks for them when it has the
   * listener, and gives up waiting after a while (Envoy: 15 s) with no routes at all: so the listener waits with them.
   */
  #unreadyRoutes(listener: StoredResource, present: KnownVersion | undefined, wake: Wake): ResourceReference[] {
    const { types, resources } = this.#context;
    const held: ResourceReference[] = [];
    for (const name of listener.references("RouteConfiguration")) {
      if (present?.refersTo("RouteConfiguration", name) || types.get("RouteConfiguration")?.accepted.has(name)) continue;
      const routes = resources.get("RouteConfiguration", name);
      if (routes !== undefined && this.#unreadyClusters(routes, undefined, wake).length > 0)
        held.push({ type: "RouteConfiguration", name });
    }
    return held;
  }

  /**
   * Listeners that use these routes and whose next step the client has not accepted yet: what a route needs on its listener (a
   * filter that authenticates) has to be there first. A listener that waits for the routes itself has no next step. Where the client
   * refuses that step, routes that need what its present version does not have stay as they are.
   */
  #changingListeners(resource: StoredResource, wake: Wake): ResourceReference[] {
    const { types, resources, steps, clock, holdMs } = this.#context;
    const listeners = types.get("Listener");
    if (listeners === undefined) return [];
    const { dirty, inFlight, rejected } = listeners;
    if (dirty.size === 0 && inFlight === undefined && rejected.size === 0) return [];
    const routes = resource.name;
    const now = clock.now();
    const held: ResourceReference[] = [];
    for (const name of pendingNames(listeners)) {
      const target = resources.get("Listener", name);
      if (target === undefined || !target.refersTo("RouteConfiguration", routes)) continue;
      const { version } = steps.next(target).listener;
      const inUse = listeners.versionsInUse(name);
      if (inUse.every((used) => used.version === version)) continue;
      if (inUse.some((used) => lacksFilters(used, resource))) {
        held.push({ type: "Listener", name });
        continue;
      }
      if (!listeners.accepted.has(name) || rejected.get(name)?.version === version) continue;
      const until = this.#patience.get(name) ?? now + holdMs;
      this.#patience.set(name, until);
      if (until <= now) continue;
      wake(until);
      held.push({ type: "Listener", name });
    }
    return held;
  }
}

function pendingNames(state: TypeState): Set<string> {
  const sent = state.inFlight?.upserts.map(({ name }) => name) ?? [];
  return new Set([...state.dirty, ...sent, ...state.rejected.keys()]);
}

/** Whether routes need a filter that the listener does not have for them, or is not known to have. */
function lacksFilters(listener: KnownVersion, { name, filters }: StoredResource): boolean {
  if (filters.size === 0) return false;
  const offered = listener.offers(name);
  return offered === undefined || !isAmong(filters, offered);
}

/** Whether `names` has all that `filters` has. */
function isAmong(filters: ReadonlyMap<string, unknown>, names: { has(name: string): boolean }): boolean {
  return filters.keys().every((name) => names.has(name));
}
