import type { ApiObject, builtKinds } from "../../api/kinds.ts";
import { statusKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectKind } from "../../gatewayapi/objects.ts";
import type { Key } from "../../graph/index.ts";
import { admitted } from "./admission.ts";
import type { KindFollower } from "./kind-follower.ts";
import { createKindSources, type KindSources, type KindSourcesOptions, type NamespaceScope } from "./kind-sources.ts";
import type { PresentStatus, StatusRecords } from "./present-statuses.ts";
import type { Change } from "./reflector.ts";

/** A kind that is built. */
export type ApiKind = (typeof builtKinds)[number];

/** What following a kind needs of the provider. */
export interface KindSurroundings {
  readonly namespaces: NamespaceScope;
  readonly follower: KindFollower;
  readonly shared: Pick<KindSourcesOptions<never>, "client" | "served" | "streams" | "relistMs" | "clock" | "random">;
  /** Told why an object cannot be used; undefined: it can, or is gone. */
  readonly tell: (kind: ApiKind, key: Key, problem: string | undefined) => void;
}

/** A kind that is followed. */
export interface FollowedKind {
  run(signal: AbortSignal): Promise<void>;
  /** Reads what is in a namespace that begins to count; gives what writes it. */
  begin(namespace: string, signal: AbortSignal): Promise<() => void>;
  /** Forgets what is in a namespace that ceases to count; gives what writes that. */
  cease(namespace: string): () => void;
}

/** Every kind that is built has a source under its name. */
export function sourceName({ kind }: ApiKind): ObjectKind {
  return kind as ObjectKind;
}

/** An object as it is kept, or why it cannot be used. */
interface Taken {
  readonly object?: ApiObject;
  readonly problem?: string;
  readonly present: PresentStatus;
}

/** What becomes of the objects of a kind. */
export interface WholeKindOptions extends KindSurroundings {
  readonly kind: ApiKind;
  readonly records: StatusRecords;
  /** Writes in the open batch. */
  readonly write: (changes: readonly Change<ApiObject>[]) => void;
  /** Opens a batch. */
  readonly batch: (fn: () => void) => void;
}

/** Follows a kind all of whose objects are read. */
export function followWholeKind(options: WholeKindOptions): FollowedKind {
  const { kind, namespaces, follower, shared, records, write, batch, tell } = options;
  const note = (changes: readonly Change<Taken>[]): (() => void) => {
    for (const { key, value } of changes) {
      tell(kind, key, value?.problem);
      if (kind.statusSubresource) records.set(keyOfStatus(kind, key), value?.object && value.present);
    }
    // What this version cannot read stays as it was when it could.
    const read = changes.filter(({ value }) => value === undefined || value.object !== undefined);
    const objects = read.map(({ key, value }) => ({ key, value: value?.object }));
    return () => write(objects);
  };
  const sources = createKindSources<Taken>(kind, namespaces, follower, {
    ...shared,
    take(stored, _key, apiVersion) {
      const { resourceVersion, generation, uid } = stored.metadata;
      return {
        ...admitted(kind, stored, apiVersion),
        present: { status: stored.status, resourceVersion, generation, uid, apiVersion },
      };
    },
    apply: (changes) => batch(note(changes)),
  });
  return followed(sources, note);
}

/** A followed kind of sources, and of what is to be noted of changes before they are written. */
export function followed<T>(sources: KindSources<T>, note: (changes: readonly Change<T>[]) => () => void): FollowedKind {
  return {
    run: (signal) => sources.run(signal),
    begin: async (namespace, signal) => note(await sources.begin(namespace, signal)),
    cease: (namespace) => note(sources.cease(namespace)),
  };
}

/** The key of an object among statuses. */
export function keyOfStatus({ kind, scope }: ApiKind, key: Key): Key {
  if (scope === "Cluster") return statusKey({ kind, namespace: "", name: key });
  const slash = key.indexOf("/");
  return statusKey({ kind, namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}
