import { entriesOf } from "./desired-objects.ts";
import type { Entry } from "./document-reading.ts";
import type { ReadingChange } from "./file-reader.ts";

/** The objects in force, and since when some of them are missing from their files; both by identity. */
export interface EntryState {
  readonly entries: Map<string, Entry>;
  readonly missing: Map<string, number>;
}

/** What is to be handed on. */
export interface EntryChanges {
  readonly set: readonly Entry[];
  /** Identities. */
  readonly deleted: readonly string[];
}

/**
 * Changes the objects in force by what single files came to, where nothing is wrong anywhere: what `desiredObjects` makes of all
 * files, for the few that changed. Objects that are missing for `removalDelayMs` go away. Undefined, with nothing changed, when
 * something is wrong in these files or an object stands in another one, too.
 */
export function changeEntries(
  files: readonly ReadingChange[],
  { entries, missing }: EntryState,
  { now, removalDelayMs }: { readonly now: number; readonly removalDelayMs: number },
): EntryChanges | undefined {
  const next = new Map<string, Entry>();
  const left = new Set<string>();
  for (const { before, now: reading } of files) {
    const old = before === undefined ? new Map<string, Entry>() : entriesOf(before);
    const wanted = reading === undefined ? new Map<string, Entry>() : entriesOf(reading);
    if (old === undefined || wanted === undefined) return undefined;
    for (const key of old.keys()) left.add(key);
    for (const [key, entry] of wanted) {
      if (next.has(key)) return undefined;
      next.set(key, entry);
    }
  }
  for (const key of next.keys()) if (entries.has(key) && !left.has(key) && !missing.has(key)) return undefined;
  for (const key of left) if (!next.has(key) && !missing.has(key)) missing.set(key, now);
  for (const [key, entry] of next) {
    entries.set(key, entry);
    missing.delete(key);
  }
  return { set: [...next.values()], deleted: takeOverdue({ entries, missing }, now - removalDelayMs) };
}

function takeOverdue({ entries, missing }: EntryState, since: number): readonly string[] {
  const overdue = [...missing].filter(([, began]) => began <= since).map(([key]) => key);
  for (const key of overdue) {
    entries.delete(key);
    missing.delete(key);
  }
  return overdue;
}
