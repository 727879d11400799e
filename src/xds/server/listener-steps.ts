/**
 * What a listener becomes next on one client. A listener loses an HTTP filter only after the routes that need it: until the client
 * has taken other routes, it gets the listener with the filters that the store's has and those that its present routes need.
 */
import type { FilterNeeds, NeededFilter, XdsType } from "../resource.ts";
import { type ScopeResources, StoredResource } from "./store.ts";
import type { TypeState } from "./type-state.ts";

/** The listener to send, and the RouteConfigurations that keep it from being that of the store. */
export interface ListenerStep {
  readonly listener: StoredResource;
  readonly waitsFor: readonly string[];
}

/** The next steps of the listeners of one stream. */
export class ListenerSteps {
  readonly #types: ReadonlyMap<XdsType, TypeState>;
  readonly #resources: ScopeResources;
  /** The last listener made for a name: asked for often, and made again only for other needs. */
  readonly #widened = new Map<string, { readonly from: StoredResource; readonly needs: string; readonly to: StoredResource }>();

  constructor(types: ReadonlyMap<XdsType, TypeState>, resources: ScopeResources) {
    this.#types = types;
    this.#resources = resources;
  }

  /** The next step to `target`, a listener of the store. */
  next(target: StoredResource): ListenerStep {
    const more = this.#missing(target);
    if (more.size === 0) {
      this.#widened.delete(target.name);
      return { listener: target, waitsFor: [] };
    }
    const needs = JSON.stringify(Array.from(more, ([routes, filters]) => [routes, versionsOf(filters)]));
    const made = this.#widened.get(target.name);
    const to = made?.from === target && made.needs === needs ? made.to : widened(target, more);
    this.#widened.set(target.name, { from: target, needs, to });
    return { listener: to, waitsFor: to === target ? [] : [...more.keys()] };
  }

  /** The filters that routes of the client need, other than those of the store, and that `target` does not have. */
  #missing(target: StoredResource): ReadonlyMap<string, FilterNeeds> {
    const missing = new Map<string, FilterNeeds>();
    const { entrances } = target.resource;
    if (entrances === undefined) return missing;
    const state = this.#types.get("RouteConfiguration");
    for (const [routes, offered] of entrances.filters) {
      if (state === undefined) {
        // A client that comes back with a listener has routes, too, and says which only after this.
        if (this.#types.get("Listener")?.accepted.has(target.name)) missing.set(routes, "any");
        continue;
      }
      const newest = this.#resources.get("RouteConfiguration", routes)?.version;
      for (const version of state.versionsInUse(routes)) {
        if (version.version === newest) continue;
        const { filters } = version;
        const needed = filters === "any" ? filters : [...filters.values()].filter(({ name }) => !offered.has(name));
        if (needed.length > 0) missing.set(routes, union(missing.get(routes), needed));
      }
    }
    return missing;
  }
}

function widened(target: StoredResource, more: ReadonlyMap<string, FilterNeeds>): StoredResource {
  const resource = target.resource.entrances?.widened(more);
  return resource === undefined || resource.version === target.version ? target : new StoredResource(resource);
}

function union(filters: FilterNeeds | undefined, more: "any" | readonly NeededFilter[]): FilterNeeds {
  if (filters === "any" || more === "any") return "any";
  return new Map([...(filters ?? []), ...more.map((filter) => [filter.name, filter] as const)]);
}

function versionsOf(filters: FilterNeeds): unknown {
  return filters === "any" ? filters : Array.from(filters.values(), ({ name, version }) => [name, version]).sort();
}
