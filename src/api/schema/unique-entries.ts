/** Uniqueness of the entries of sets and of lists with keys. Source: k8s.io/apiextensions-apiserver v0.36, pkg/apiserver/schema/listtype. */

/** An entry that repeats an earlier one. */
export interface RepeatedEntry {
  readonly index: number;
  /** What is repeated: the entry itself in a set, its keys in a list with keys. */
  readonly value: unknown;
}

/** The entries that repeat another; one per repeated value, at its first repetition. Entries of the wrong type are passed over. */
export function repeatedEntries(keys: "set" | readonly string[], entries: readonly unknown[]): readonly RepeatedEntry[] {
  if (entries.length < 2) return [];
  const seen = new Map<unknown, number>();
  return entries.flatMap((entry, index) => {
    const value = keys === "set" ? entry : keyOf(entry, keys);
    if (typeof value === "object" && keys === "set") return [];
    const identity = typeof value === "object" ? JSON.stringify(value) : value;
    const times = seen.get(identity) ?? 0;
    seen.set(identity, times + 1);
    return times === 1 ? [{ index, value }] : [];
  });
}

/** The keys of an entry, those that it has. Keys are scalars; anything else is told by the check of types. */
function keyOf(entry: unknown, keys: readonly string[]): unknown {
  if (typeof entry !== "object" || entry === null) return {};
  const fields = entry as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    keys.filter((key) => typeof fields[key] !== "object" && Object.hasOwn(fields, key)).map((key) => [key, fields[key]]),
  );
}
