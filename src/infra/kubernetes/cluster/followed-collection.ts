/** A collection of an API server that is to be followed. */
export interface FollowedCollection {
  readonly path: string;
  /** `name=value`, several separated by commas. Left out: all objects. */
  readonly labelSelector?: string;
}

/** What became of one object. */
export interface ObjectChange {
  /** `namespace/name`; of an object without namespace, its name. */
  readonly key: string;
  /** Its present form; undefined when it is gone. */
  readonly object: unknown;
}

/** Takes what happens in a collection. */
export interface CollectionObserver {
  /** What is there, at first as a whole, then each change. */
  apply(changes: readonly ObjectChange[]): void;
  /** Everything that was there was told. Called once. */
  synced(): void;
}

/** Follows a collection, whatever happens, until the returned function is called. */
export type FollowCollection = (collection: FollowedCollection, observer: CollectionObserver) => () => void;
