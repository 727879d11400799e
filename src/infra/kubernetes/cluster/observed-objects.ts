import type { ScopeKey } from "../../../ir/reference.ts";
import { placeKey } from "./managed-kinds.ts";
import { type ObservedObject, scopeOf } from "./observed-object.ts";

/** The objects of all fleets as the API server has them. */
export class ObservedObjects {
  readonly #byPlace = new Map<string, ObservedObject>();
  readonly #byScope = new Map<ScopeKey, Map<string, ObservedObject>>();

  /** Takes the present form of an object unless a newer one is known. Returns the fleets that it belonged to and belongs to. */
  take(object: ObservedObject): readonly ScopeKey[] {
    const place = placeKey(object);
    const known = this.#byPlace.get(place);
    if (known !== undefined && isOlder(object, known)) return [];
    const before = this.forget(place);
    const scope = scopeOf(object);
    if (scope === undefined) return before;
    this.#byPlace.set(place, object);
    const fleet = this.#byScope.get(scope) ?? new Map<string, ObservedObject>();
    this.#byScope.set(scope, fleet.set(place, object));
    return before.includes(scope) ? before : [...before, scope];
  }

  /** Forgets the object at a place (see `placeKey`), which is gone. Returns the fleet that it belonged to. */
  forget(place: string): readonly ScopeKey[] {
    const known = this.#byPlace.get(place);
    const scope = known && scopeOf(known);
    if (scope === undefined) return [];
    this.#byPlace.delete(place);
    const fleet = this.#byScope.get(scope);
    fleet?.delete(place);
    if (fleet?.size === 0) this.#byScope.delete(scope);
    return [scope];
  }

  /** The objects of a fleet, by place. */
  of(scope: ScopeKey): ReadonlyMap<string, ObservedObject> {
    return this.#byScope.get(scope) ?? new Map();
  }

  /** The fleets that have objects. */
  scopes(): readonly ScopeKey[] {
    return [...this.#byScope.keys()];
  }
}

/**
 * Whether `object` is an older version than `known`: a watch may tell late what an answer told before. Versions are whole numbers that
 * grow. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
function isOlder(object: ObservedObject, known: ObservedObject): boolean {
  return Number(object.metadata.resourceVersion) < Number(known.metadata.resourceVersion);
}
