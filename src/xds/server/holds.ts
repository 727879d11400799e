/**
 * What a resource has to wait for before a client may get it, so that the change never sends a request to something that cannot
 * answer yet. Every wait is bounded, and what the client's present version already uses is never waited for.
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
      return [...this.#unreadyClusters(resource, present, wake), ...this.#changingListeners(name, wake)];
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
   * filter that authenticates) has to be there first. A listener that waits for the routes itself has no next step.
   */
  #changingListeners(routes: string, wake: Wake): ResourceReference[] {
    const { types, resources, steps, clock, holdMs } = this.#context;
    const listeners = types.get("Listener");
    if (listeners === undefined || (listeners.dirty.size === 0 && listeners.inFlight === undefined)) return [];
    const now = clock.now();
    const held: ResourceReference[] = [];
    for (const name of pendingNames(listeners)) {
      const target = resources.get("Listener", name);
      const present = listeners.accepted.get(name);
      if (target === undefined || present === undefined || !target.refersTo("RouteConfiguration", routes)) continue;
      const { version } = steps.next(target).listener;
      const hasIt = Array.from(listeners.versionsInUse(name), (used) => used.version).every((used) => used === version);
      if (hasIt || listeners.rejected.get(name)?.version === version) continue;
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
  return new Set([...state.dirty, ...(state.inFlight?.upserts.map(({ name }) => name) ?? [])]);
}
