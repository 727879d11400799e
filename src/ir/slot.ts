/** The parts that features add to a piece of IR, by the feature's name. Only a feature's own slot reads its part. */
export type Parts = Readonly<Record<string, unknown>>;

/** What most pieces have: no parts. One for all of them, because there are many. */
export const noParts: Parts = Object.freeze({});

/** All parts together; of a feature that has several, the last counts. */
export function joinParts(...some: readonly (Parts | undefined)[]): Parts {
  const filled = some.filter((parts) => parts !== undefined && Object.keys(parts).length > 0);
  return filled.length < 2 ? (filled[0] ?? noParts) : Object.assign({}, ...filled);
}

/** A feature's typed place among the parts of a piece of IR. */
export interface Slot<T> {
  readonly name: string;
  /** The feature's part, or undefined where the feature is not used. */
  of(parts: Parts): T | undefined;
  /** `parts` with this feature's part set. */
  set(parts: Parts, value: T): Parts;
}

/**
 * Makes the slot of one feature. This is what lets a feature's IR type live in the feature's folder while the IR core stays
 * closed: the name is unique per feature, so the one cast here is safe.
 */
export function slot<T>(name: string): Slot<T> {
  return {
    name,
    of: (parts) => parts[name] as T | undefined,
    set: (parts, value) => ({ ...parts, [name]: value }),
  };
}
