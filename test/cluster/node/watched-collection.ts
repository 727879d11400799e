/** All objects of a kind as the API server has them now. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiClient, ApiError } from "../../../src/kubernetes/api-client.ts";
import { type KubernetesObject, keyOf } from "./objects.ts";

/** A followed collection. */
export interface WatchedCollection<T> {
  /** By `namespace/name`. */
  readonly objects: ReadonlyMap<string, T>;
  /** Resolves when the objects that were there at the start are known. */
  readonly synced: Promise<void>;
}

/** Called for each object that is new, changed or gone. */
export type OnChange<T> = (object: T, gone: boolean) => void;

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** Follows the objects at `path` for good; a server that does not answer is asked again. */
export function watchCollection<T extends KubernetesObject>(
  client: ApiClient,
  path: string,
  onChange: OnChange<T>,
): WatchedCollection<T> {
  const objects = new Map<string, T>();
  const { promise: synced, resolve } = Promise.withResolvers<void>();
  const put = (object: T) => {
    if (objects.get(keyOf(object))?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    objects.set(keyOf(object), object);
    onChange(object, false);
  };
  const remove = (object: T) => {
    objects.delete(keyOf(object));
    onChange(object, true);
  };
  const list = async (): Promise<string> => {
    const found = (await client.request({ method: "GET", path })) as List<T>;
    const there = new Set(found.items.map(keyOf));
    for (const object of [...objects.values()]) if (!there.has(keyOf(object))) remove(object);
    for (const object of found.items) put(object);
    resolve();
    return found.metadata.resourceVersion;
  };
  const follow = async (resourceVersion: string): Promise<string> => {
    let last = resourceVersion;
    for await (const { type, object } of client.watch({ path, query: { resourceVersion, allowWatchBookmarks: true } })) {
      if (type === "ERROR") throw new Error(JSON.stringify(object));
      const changed = object as T;
      last = changed.metadata.resourceVersion;
      if (type === "DELETED") remove(changed);
      else if (type !== "BOOKMARK") put(changed);
    }
    return last;
  };
  const forever = async () => {
    for (let from: string | undefined; ; ) {
      try {
        from = await follow(from ?? (await list()));
      } catch (error) {
        if (!(error instanceof ApiError)) console.log(`watch of ${path}:`, String(error));
        from = undefined;
        await sleep(200);
      }
    }
  };
  void forever();
  return { objects, synced };
}
