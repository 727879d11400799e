import { type Clock, type Graph, systemClock } from "../graph/index.ts";
import type { Logger } from "../log/logger.ts";
import type { Pipeline } from "./pipeline.ts";
import { badConditions } from "./problem-report.ts";

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
  const tell = (): void => {
    const problems = [...statuses.values()].flatMap((status) => [...badConditions(status)]);
    const now = new Set(
      problems.map(({ subject, condition, message }) => `${subject}: ${condition} is not as it should be: ${message}`),
    );
    for (const text of now) if (!told.has(text)) log.warn(text);
    if (told.size > 0 && now.size === 0) log.info("all objects are in order again");
    told = now;
  };
  const unsubscribe = graph.subscribe(statuses, () => {
    cancel();
    cancel = clock.after(settleMs, tell);
  });
  return () => {
    unsubscribe();
    cancel();
  };
}
