import { type Clock, type Graph, type Key, systemClock } from "../graph/index.ts";
import type { Logger } from "../log/logger.ts";
import type { Pipeline } from "./pipeline.ts";
import { badConditions, type ReportedProblem } from "./problem-report.ts";

/** How long things may take to settle before they are told, in milliseconds: a proxy that starts is no alarm. */
const settleMs = 1_000;

/**
 * Tells the log what is wrong with objects: every bad condition once when it has lasted, and once when it is over. Without an API
 * server there is nobody else to read statuses. Returns a function that ends it.
 */
export function logStatuses(
  graph: Graph,
  { statuses }: Pick<Pipeline, "statuses">,
  log: Logger,
  clock: Clock = systemClock,
): () => void {
  let told: ReadonlySet<string> = new Set();
  let cancel = () => {};
  /** Only of objects that are not in order: looking through all for each change would take as long as there are objects. */
  const bad = new Map<Key, readonly string[]>();
  const tell = (): void => {
    const now = new Set([...bad].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, texts]) => texts));
    for (const text of now) if (!told.has(text)) log.warn(text);
    if (told.size > 0 && now.size === 0) log.info("all objects are in order again");
    told = now;
  };
  const unsubscribe = graph.subscribe(statuses, ({ updates }) => {
    for (const [key, status] of updates) {
      const texts = status === undefined ? [] : badConditions(status).map(describe);
      if (texts.length > 0) bad.set(key, texts);
      else bad.delete(key);
    }
    cancel();
    cancel = clock.after(settleMs, tell);
  });
  return () => {
    unsubscribe();
    cancel();
  };
}

function describe({ subject, condition, message }: ReportedProblem): string {
  return `${subject}: ${condition} is not as it should be: ${message}`;
}
