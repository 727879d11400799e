import type { Key } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Pipeline } from "./pipeline.ts";
import { badConditions, type ReportedProblem } from "./problem-report.ts";

/** The conditions of one object that are not as they should be: one at least. */
export interface BadObject {
  readonly object: Pick<ObjectRef, "kind" | "namespace" | "name">;
  readonly problems: readonly ReportedProblem[];
}

/**
 * The objects that are not in order at present, kept as statuses change, for all who ask: to look through every status would take as
 * long as there are objects.
 */
export interface BadObjects {
  /** By `Kind/namespace/name`. */
  readonly byKey: ReadonlyMap<Key, BadObject>;
  /** Calls `listener` after every version that changed them; the returned function ends that. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** Begins to follow the statuses. */
export function followBadObjects({ graph, statuses }: Pick<Pipeline, "graph" | "statuses">): BadObjects {
  const byKey = new Map<Key, BadObject>();
  const listeners = new Set<() => void>();
  const close = graph.subscribe(statuses, ({ updates }) => {
    let changed = false;
    for (const [key, status] of updates) {
      const problems = status === undefined ? [] : badConditions(status);
      if (status !== undefined && problems.length > 0) {
        byKey.set(key, { object: status.object, problems });
        changed = true;
      } else if (byKey.delete(key)) changed = true;
    }
    if (changed) for (const listener of listeners) listener();
  });
  return {
    byKey,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  };
}
