/** Requests that do not stop while something happens to the cluster. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Where requests go. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path?: string;
}

/** What came of them. */
export interface TrafficResult {
  readonly requests: number;
  readonly failed: number;
  /** The first few failures, in words, with the time since the start. */
  readonly examples: readonly string[];
}

/** Running traffic. */
export interface Traffic {
  stop(): Promise<TrafficResult>;
}

/** Half of the clients keep their connections, half open one for each request. */
const clients = 8;

/** Sends requests one after the other from each client; every answer but 200 is a failure. */
export function startTraffic(target: Target): Traffic {
  const kept = new Agent({ keepAlive: true, maxSockets: clients });
  const started = Date.now();
  const examples: string[] = [];
  let [requests, failed, ended] = [0, 0, false];
  const send = async (agent: Agent | false) => {
    while (!ended) {
      requests += 1;
      try {
        const status = await get(target, agent);
        if (status !== 200) throw new Error(`status ${status}`);
      } catch (error) {
        failed += 1;
        if (examples.length < 8) examples.push(`after ${((Date.now() - started) / 1000).toFixed(1)} s: ${error}`);
      }
      await sleep(5);
    }
  };
  const sending = Array.from({ length: clients }, (_, index) => send(index % 2 === 0 ? kept : false));
  return {
    async stop() {
      ended = true;
      await Promise.all(sending);
      kept.destroy();
      return { requests, failed, examples };
    },
  };
}

/** The status of the answer to one request. Rejects when there is none within 10 s. */
export function get({ address, port, host, path = "/" }: Target, agent: Agent | false = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, headers: { host }, agent, timeout: 10_000 };
    const outgoing = request(options, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 10 s")));
    outgoing.on("error", reject).end();
  });
}
