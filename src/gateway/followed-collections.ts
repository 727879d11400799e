import type { FollowCollection } from "../infra/kubernetes/cluster/followed-collection.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import type { Logger } from "../log/logger.ts";
import { pause } from "../provider/kubernetes/back-off.ts";
import { createReflector, type ReflectorState } from "../provider/kubernetes/reflector.ts";
import type { StoredObject } from "../provider/kubernetes/stored-object.ts";

/** How often a kind that the server does not have is looked for, in milliseconds. */
const absentMs = 15_000;

/** Follows collections of an API server by reflectors. What fails is logged, once for each reason. */
export function followCollections(client: ApiClient, log: Logger): FollowCollection {
  const streams = { supported: true };
  return ({ path, labelSelector }, { apply, synced }) => {
    const ending = new AbortController();
    let known = false;
    let last: string | undefined;
    const syncedOnce = () => {
      if (!known) synced();
      known = true;
    };
    const tell = (state: ReflectorState) => {
      const reason = state.state === "failing" ? String(state.error) : undefined;
      if (reason !== undefined && reason !== last) log.warn("cannot follow objects of the cluster", { path, error: reason });
      last = reason;
      if (state.state === "following") syncedOnce();
    };
    const reflector = createReflector<unknown>({
      client,
      request: { path, ...(labelSelector === undefined ? {} : { query: { labelSelector } }) },
      take: withoutManagers,
      apply: (changes) => apply(changes.map(({ key, value }) => ({ key, object: value }))),
      tell,
      streams,
    });
    void (async () => {
      while (!ending.signal.aborted) {
        await reflector.run(ending.signal);
        if (ending.signal.aborted) return;
        // The server does not have the kind, so there are no objects of it.
        syncedOnce();
        await pause(absentMs, ending.signal);
      }
    })();
    return () => ending.abort();
  };
}

/** Who set which field makes up much of an object, and nobody asks. */
function withoutManagers(object: StoredObject): unknown {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}
