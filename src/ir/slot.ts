/** The parts that features add to a piece of IR, by the feature's name. Only a feature's own slot reads its part. */
export type Parts = Readonly<Record<string, unknown>>;

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
