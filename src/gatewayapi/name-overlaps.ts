/** Names, some of them wildcards, that stand for the same host. */

/** Something with names. */
export interface Named {
  readonly key: string;
  readonly names: readonly string[];
}

/** The first overlap that was found of something: one of its names with one of another's. */
export interface Overlap {
  readonly name: string;
  readonly other: string;
  readonly otherName: string;
}

/**
 * Finds for each of `all`, by its key, the first overlap with another of them; those without have no entry. `covering` gives
 * the names that cover a name, itself among them. The cost is that of all names with those that cover them.
 */
export function findOverlaps(all: readonly Named[], covering: (name: string) => readonly string[]): ReadonlyMap<string, Overlap> {
  const holders = new Map<string, Holder[]>();
  const below = new Map<string, Holder[]>();
  for (const { key, names } of all) {
    for (const name of names) {
      add(holders, name, { key, name });
      for (const cover of covering(name)) add(below, cover, { key, name });
    }
  }
  const overlaps = new Map<string, Overlap>();
  for (const { key, names } of all) {
    for (const name of names) {
      const candidates = [below.get(name), ...covering(name).map((cover) => holders.get(cover))];
      const other = firstOther(candidates, key);
      if (other === undefined) continue;
      overlaps.set(key, { name, other: other.key, otherName: other.name });
      break;
    }
  }
  return overlaps;
}

interface Holder {
  readonly key: string;
  readonly name: string;
}

function add(map: Map<string, Holder[]>, name: string, holder: Holder): void {
  const held = map.get(name);
  if (held === undefined) map.set(name, [holder]);
  else held.push(holder);
}

function firstOther(candidates: readonly (readonly Holder[] | undefined)[], key: string): Holder | undefined {
  for (const holders of candidates) {
    const other = holders?.find((holder) => holder.key !== key);
    if (other !== undefined) return other;
  }
  return undefined;
}
