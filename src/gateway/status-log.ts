import { type Clock, systemClock } from "../graph/index.ts";
import type { Logger } from "../log/logger.ts";
import type { BadObjects } from "./bad-objects.ts";
import type { ReportedProblem } from "./problem-report.ts";

/** How long things may take to settle before they are told, in milliseconds: a proxy that starts is no alarm. */
const settleMs = 1_000;

/**
 * Tells the log what is wrong with objects: every bad condition once when it has lasted, and once when it is over. Without an API
 * server there is nobody else to read statuses. Returns a function that ends it.
 */
export function logStatuses(bad: BadObjects, log: Logger, clock: Clock = systemClock): () => void {
  let told: ReadonlySet<string> = new Set();
  let cancel = () => {};
  const tell = (): void => {
    const inOrder = [...bad.byKey].sort(([a], [b]) => (a < b ? -1 : 1));
    const now = new Set(inOrder.flatMap(([, { problems }]) => problems.map(describe)));
    for (const text of now) if (!told.has(text)) log.warn(text);
    if (told.size > 0 && now.size === 0) log.info("all objects are in order again");
    told = now;
  };
  const wait = (): void => {
    cancel();
    cancel = clock.after(settleMs, tell);
  };
  wait();
  const unsubscribe = bad.subscribe(wait);
  return () => {
    unsubscribe();
    cancel();
  };
}

function describe({ subject, condition, message }: ReportedProblem): string {
  return `${subject}: ${condition} is not as it should be: ${message}`;
}
