import type { DemandListener, Key } from "../../graph/index.ts";

/** Which keys of a source (or of one of its indexes) are read at present. */
export interface Readers {
  readonly listener: DemandListener;
  has(key: Key): boolean;
  /** The keys that came to be read since the last call. */
  takeNew(): readonly Key[];
  /** The keys that ceased to be read since the last call, and are not read now. */
  takeEnded(): readonly Key[];
  /** How many keys are read. */
  count(): number;
}

/** Counts who reads what. @param index the name of the index whose keys count; undefined: entries */
export function createReaders(index: string | undefined): Readers {
  const counts = new Map<Key, number>();
  let begun = new Set<Key>();
  let ended = new Set<Key>();
  return {
    listener(key, readIndex, wanted) {
      if (readIndex !== index) return;
      const count = (counts.get(key) ?? 0) + (wanted ? 1 : -1);
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
      if (wanted && count === 1) begun.add(key);
      if (count === 0) ended.add(key);
    },
    has: (key) => counts.has(key),
    takeNew() {
      const keys = [...begun].filter((key) => counts.has(key));
      begun = new Set();
      return keys;
    },
    takeEnded() {
      const keys = [...ended].filter((key) => !counts.has(key));
      ended = new Set();
      return keys;
    },
    count: () => counts.size,
  };
}
