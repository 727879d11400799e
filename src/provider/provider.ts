import type { ApiObject } from "../api/kinds.ts";
import type { FileProblem } from "../api/yaml/file-problem.ts";
import { objectKey } from "../gatewayapi/object-ref.ts";
import type { ObjectKind, Objects } from "../gatewayapi/objects.ts";
import type { Key, Source } from "../graph/index.ts";

/** Where objects come from: files, or a Kubernetes API server. */
export interface Provider {
  /** Begins to read, and to follow changes until `stop`. */
  start(): void;
  /** Resolves when the first complete content is written. */
  readonly synced: Promise<void>;
  /** What is wrong at present with what the user wrote, in the order of files and lines. */
  problems(): readonly FileProblem[];
  /** How things stand with each kind that is followed by itself (`following`, `failing` …), one entry for each place; not of files. */
  states?(): ReadonlyMap<string, readonly string[]>;
  /** Ends everything; what was written stays. */
  stop(): Promise<void>;
}

/** Takes the objects that a provider found; all calls are made in one batch. */
export interface ObjectWriter {
  set(object: ApiObject): void;
  delete(kind: ObjectKind, key: Key): void;
}

/** The writer that fills the sources of a graph. */
export function writerTo(objects: Objects): ObjectWriter {
  // The source under a kind's name holds objects of that kind, which the compiler cannot follow through the union.
  const sourceOf = (kind: ObjectKind) => objects[kind] as Source<ApiObject>;
  return {
    set: (object) => sourceOf(object.kind).set(objectKey(object.metadata), object),
    delete: (kind, key) => sourceOf(kind).delete(key),
  };
}
