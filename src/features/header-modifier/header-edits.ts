import { slot } from "../../ir/slot.ts";

/** A header with its value, as literal text. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** Changes to the headers of one message. No header name stands twice in it, whatever its case. */
export interface HeaderEdits {
  readonly add: readonly HeaderField[];
  readonly set: readonly HeaderField[];
  readonly remove: readonly string[];
}

/** The part of a rule (or of one backendRef) that changes headers. */
export interface HeaderModifier {
  readonly request?: HeaderEdits;
  readonly response?: HeaderEdits;
}

/** The part's place. */
export const headerModifierSlot = slot<HeaderModifier>("header-modifier");

const nothing: HeaderEdits = { add: [], set: [], remove: [] };

/**
 * `first` and then `second` as one. Where a header is named twice the first naming counts, in the order add, set, remove
 * (Gateway API, HTTPHeaderFilter: "the first entry with an equivalent name must be considered for a match").
 */
export function mergeEdits(first: HeaderEdits | undefined, second: HeaderEdits): HeaderEdits {
  const before = first ?? nothing;
  const changed = firstOfName();
  const removed = firstOfName();
  return {
    add: [...before.add, ...second.add].filter(({ name }) => changed(name)),
    set: [...before.set, ...second.set].filter(({ name }) => changed(name)),
    remove: [...before.remove, ...second.remove].filter(removed),
  };
}

/** Whether there is nothing to change. */
export function isEmpty(edits: HeaderEdits): boolean {
  return edits.add.length === 0 && edits.set.length === 0 && edits.remove.length === 0;
}

function firstOfName(): (name: string) => boolean {
  const seen = new Set<string>();
  return (name) => {
    const key = name.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}
