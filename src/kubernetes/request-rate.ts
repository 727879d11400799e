import { setTimeout } from "node:timers/promises";
import type { ApiClient } from "./api-client.ts";

/** A limit of requests, as a bucket of tokens. */
export interface RequestRate {
  /** Requests each second in the long run. */
  readonly qps: number;
  /** Requests at once, after a time of rest. */
  readonly burst: number;
}

/** A client whose requests and watches wait for their turn, in the order in which they were made. */
export function limitRate(client: ApiClient, rate: RequestRate): ApiClient {
  const turn = createTurns(rate);
  return {
    async request(request) {
      await turn(request.signal);
      return client.request(request);
    },
    async *watch(request) {
      await turn(request.signal);
      yield* client.watch(request);
    },
    close: () => client.close(),
  };
}

/** Gives turns: the n-th request of a burst that is larger than the bucket waits until its token is there. */
function createTurns({ qps, burst }: RequestRate): (signal: AbortSignal | undefined) => Promise<void> {
  const msPerToken = 1000 / qps;
  /** When the bucket will be full again if no more is asked for. */
  let fullAt = 0;
  return async (signal) => {
    const now = performance.now();
    fullAt = Math.max(fullAt, now) + msPerToken;
    const wait = fullAt - now - burst * msPerToken;
    if (wait > 0) await setTimeout(wait, undefined, signal === undefined ? {} : { signal });
  };
}
