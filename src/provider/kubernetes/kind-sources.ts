import type { Kind } from "../../api/schema/kind.ts";
import type { Key } from "../../graph/index.ts";
import type { KindFollower } from "./kind-follower.ts";
import { createKindSource, type KindSource, type KindSourceOptions, type KindState } from "./kind-source.ts";
import type { Change } from "./reflector.ts";
import type { StoredObject } from "./stored-object.ts";

/** Namespaces that are selected, at the moment of the call. */
export interface NamespaceSelection {
  has(namespace: string): boolean;
}

/** Which namespaces' objects count: the named ones, each followed by itself; the selected ones of all; or all. */
export type NamespaceScope =
  | { readonly named: readonly string[] }
  | { readonly selection: NamespaceSelection; readonly always: readonly string[] }
  | "all";

/** The objects of a kind in the namespaces that count. */
export interface KindSources<T> {
  /** Follows them until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
  all(): readonly KindSource<T>[];
  /** The source with the objects of a namespace; undefined: they do not count. */
  of(namespace: string): KindSource<T> | undefined;
  /** What is in a namespace that begins to count. */
  begin(namespace: string, signal: AbortSignal): Promise<readonly Change<T>[]>;
  /** Forgets what is in a namespace that ceases to count. */
  cease(namespace: string): readonly Change<T>[];
}

/** What the sources of one kind share. */
export type KindSourcesOptions<T> = Omit<KindSourceOptions<T>, "namespace" | "tell" | "kind">;

/** How many sources a kind has. */
export function sourcesNeeded({ scope }: Kind, namespaces: NamespaceScope): number {
  return scope === "Cluster" || namespaces === "all" || "selection" in namespaces ? 1 : namespaces.named.length;
}

/** Makes the sources of a kind; nothing is followed yet. */
export function createKindSources<T>(
  kind: Kind,
  namespaces: NamespaceScope,
  follower: KindFollower,
  options: KindSourcesOptions<T>,
): KindSources<T> {
  const everywhere = kind.scope === "Cluster" || namespaces === "all" || "selection" in namespaces;
  const places = everywhere ? [undefined] : namespaces.named;
  const counts = (namespace: string | undefined) =>
    namespace === undefined || namespaces === "all" || "named" in namespaces || countsIn(namespaces, namespace);
  const take = (stored: StoredObject, key: Key, version: string) =>
    counts(stored.metadata.namespace) ? options.take(stored, key, version) : undefined;
  const sources = new Map(
    places.map((namespace, at) => {
      const tell = (state: KindState) => follower.tell(at, state);
      return [namespace, createKindSource({ ...options, kind, namespace, take, tell })] as const;
    }),
  );
  const whole = sources.get(undefined);
  return {
    run: async (signal) => {
      await Promise.all(Array.from(sources.values(), (source) => source.run(signal)));
    },
    all: () => [...sources.values()],
    of: (namespace) => (counts(namespace) ? (sources.get(namespace) ?? whole) : undefined),
    begin: async (namespace, signal) => (kind.scope === "Cluster" ? [] : (whole?.load({ namespace }, signal) ?? [])),
    cease(namespace) {
      const keys = [...(whole?.keys() ?? [])].filter((key) => kind.scope !== "Cluster" && key.startsWith(`${namespace}/`));
      if (counts(namespace)) return [];
      whole?.forget(keys);
      return keys.map((key) => ({ key, value: undefined }));
    },
  };
}

function countsIn({ selection, always }: Exclude<NamespaceScope, "all" | { named: unknown }>, namespace: string): boolean {
  return selection.has(namespace) || always.includes(namespace);
}
