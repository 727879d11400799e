import { setTimeout } from "node:timers/promises";
import type { Gathering } from "../graph/index.ts";
import type { Infrastructure } from "../infra/infrastructure.ts";

/** So long is waited at most for what is known of the proxies, in milliseconds. */
const patienceMs = 10_000;

/** Between looks at whether it has reached the statuses, in milliseconds. */
const lookMs = 5;

/**
 * Begins to write statuses when it is known what runs: a control plane that takes over would else tell of proxies that serve that they
 * have no address. Returns a function that ends it.
 */
export function beginStatuses(
  infrastructure: Infrastructure | undefined,
  gathering: Gathering,
  begin: () => () => void,
): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  let end = () => {};
  const { known } = infrastructure ?? {};
  void (async () => {
    if (known !== undefined) await Promise.race([known, setTimeout(patienceMs, undefined, { signal, ref: false })]);
    while (gathering.depth() > 0) await setTimeout(lookMs, undefined, { signal });
    if (!signal.aborted) end = begin();
  })().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return () => {
    ending.abort();
    end();
  };
}
