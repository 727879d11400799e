import type { ApiObject } from "../../api/kinds.ts";
import type { Key } from "../../graph/index.ts";
import { type ContentsOnDemand, createContents, metadataOnly } from "./contents-on-demand.ts";
import { type ApiKind, type FollowedKind, followed, type KindSurroundings } from "./followed-kind.ts";
import { createKindSources } from "./kind-sources.ts";
import type { PatientReading } from "./patient-read.ts";
import { createReaders } from "./readers.ts";
import type { Change } from "./reflector.ts";

/** What a kind is made from whose objects are followed by their metadata. */
export interface FollowedContentsOptions extends KindSurroundings {
  readonly kind: ApiKind;
  /** Tells `listener` who reads what of the kind's source. */
  readonly followDemand: (listener: ReturnType<typeof createReaders>["listener"]) => void;
  /** Writes one object, or (undefined) deletes it, in a batch of its own. */
  readonly write: (key: Key, object: ApiObject | undefined) => void;
  readonly signal: AbortSignal;
}

/** Follows a kind by metadata; only what is referenced is read. */
export function followContents(options: FollowedContentsOptions): FollowedKind & { readonly contents: ContentsOnDemand } {
  const { kind, namespaces, follower, shared, signal, write, tell } = options;
  const readers = createReaders(undefined);
  options.followDemand(readers.listener);
  const reading: PatientReading = { ...shared, signal };
  const contents = createContents({
    ...{ ...reading, kind, readers, write },
    sourceOf: (namespace) => sources.of(namespace),
    tell: (key, problem) => tell(kind, key, problem),
  });
  const sources = createKindSources<string>(kind, namespaces, follower, {
    ...shared,
    accept: metadataOnly,
    take: ({ metadata }) => metadata.resourceVersion,
    apply: (changes: readonly Change<string>[]) => contents.changed(changes),
  });
  const note = (changes: readonly Change<string>[]) => {
    contents.changed(changes);
    return () => {};
  };
  return { ...followed(sources, note), contents };
}
