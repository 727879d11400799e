import type { ScopeKey } from "../../../ir/reference.ts";

/**
 * Who has which object, where users give several fleets objects of one name: the fleet whose scope comes first. A ServiceAccount may be
 * shared; of all else the others must do without.
 */
export class Claims {
  readonly #claimants = new Map<string, Set<ScopeKey>>();
  readonly #places = new Map<ScopeKey, ReadonlySet<string>>();

  /** Says the places of the objects that a fleet shall have. Returns the other fleets for which that changes something. */
  claim(scope: ScopeKey, wanted: readonly string[]): readonly ScopeKey[] {
    const places = new Set(wanted);
    const before = this.#places.get(scope) ?? new Set<string>();
    const changed = [...places].filter((place) => !before.has(place)).concat([...before].filter((place) => !places.has(place)));
    for (const place of before) if (!places.has(place)) this.#claimants.get(place)?.delete(scope);
    for (const place of places) this.#claimants.set(place, (this.#claimants.get(place) ?? new Set<ScopeKey>()).add(scope));
    for (const place of before) if (this.#claimants.get(place)?.size === 0) this.#claimants.delete(place);
    if (places.size === 0) this.#places.delete(scope);
    else this.#places.set(scope, places);
    const others = changed.flatMap((place) => [...(this.#claimants.get(place) ?? [])]);
    return [...new Set(others)].filter((other) => other !== scope);
  }

  /** The fleet that has the object at a place. */
  ownerOf(place: string): ScopeKey | undefined {
    return [...(this.#claimants.get(place) ?? [])].sort()[0];
  }
}
