import type { ObjectKind } from "../gatewayapi/objects.ts";
import type { Key } from "../graph/index.ts";
import type { Logger } from "../log/logger.ts";
import { createStatusStore, type StatusMemory, type StatusStore } from "../provider/status-store.ts";
import type { Closers } from "./closers.ts";
import type { Pipeline } from "./pipeline.ts";

/** Called when statuses are written: the keys of the objects, how long that took, and what came of it (a success where left out). */
export type StatusListener = (keys: Iterable<Key>, milliseconds: number, outcome?: "success" | "failure") => void;

/** Keeps the statuses of a pipeline's objects with their times and generations, for whoever shows them. */
export function keepStatuses(
  { graph, objects, statuses }: Pipeline,
  log: Logger,
  closers: Closers,
  onWritten: StatusListener,
  memory: StatusMemory | undefined,
): StatusStore {
  const generationOf = (key: Key): number | undefined => {
    const [kind = "", namespace, name] = key.split("/");
    // Only kinds that have a source have statuses.
    const source = objects[kind as ObjectKind];
    return source.get(namespace ? `${namespace}/${name}` : (name ?? ""))?.metadata.generation;
  };
  const store = createStatusStore({ generationOf, log, memory });
  closers.add(
    graph.subscribe(statuses, ({ updates }) => {
      const began = performance.now();
      store.update(updates);
      onWritten(updates.keys(), performance.now() - began);
    }),
  );
  return store;
}
