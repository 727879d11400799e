import type { Key } from "../../graph/index.ts";
import { isOlder } from "./stored-object.ts";

/** The status that an object has on the API server, and what is needed to write another. */
export interface PresentStatus {
  readonly status: unknown;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly uid: string;
  /** The version of its kind that the server has. */
  readonly apiVersion: string;
}

/** The statuses that objects have on the API server, by `Kind/namespace/name`. */
export interface PresentStatuses {
  get(key: Key): PresentStatus | undefined;
  keys(): Iterable<Key>;
  /** Takes what the server answered to a write, which the watch will tell later. Nobody is told of it. */
  accept(key: Key, written: PresentStatus): void;
  /** Tells of every object whose status or version changed on the server, or that is gone. Returns a function that ends it. */
  subscribe(listener: (key: Key) => void): () => void;
}

/** Present statuses, as the provider keeps them. */
export interface StatusRecords extends PresentStatuses {
  set(key: Key, present: PresentStatus | undefined): void;
}

/** Makes an empty set of records. */
export function createStatusRecords(): StatusRecords {
  const records = new Map<Key, PresentStatus>();
  const listeners = new Set<(key: Key) => void>();
  return {
    get: (key) => records.get(key),
    keys: () => [...records.keys()],
    accept(key, written) {
      if (records.get(key)?.uid === written.uid) records.set(key, written);
    },
    set(key, present) {
      const known = records.get(key);
      if (present === undefined) records.delete(key);
      else if (known?.uid !== present.uid || !isOlder(present.resourceVersion, known.resourceVersion)) records.set(key, present);
      for (const listener of listeners) listener(key);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
