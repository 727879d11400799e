/** Requests that do not stop while something changes, and a judge of who answered each of them. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What a load found. */
export interface LoadResult {
  readonly requests: number;
  /** Requests without an answer, or with another status than 200. */
  readonly failed: number;
  /** Answers by a backend that was right neither when the request began nor when it ended. */
  readonly wrong: number;
  /** The first few failures and wrong answers, in words. */
  readonly examples: readonly string[];
}

/** A running load. */
export interface Load {
  /** From now on `path` may be answered by these backends. */
  expect(path: string, backends: readonly string[]): void;
  /** Who answered `path` last. */
  last(path: string): string | undefined;
  stop(): Promise<LoadResult>;
}

/** Sends requests for `host` over 16 connections to a port of this machine; answers are judged by their body, the backend's name. */
export function startLoad(port: number, host: string, expected: Readonly<Record<string, readonly string[]>>): Load {
  const right = new Map(Object.entries(expected));
  const last = new Map<string, string>();
  const examples: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  let [requests, failed, wrong, ended] = [0, 0, 0, false];
  const tell = (words: string) => examples.length < 5 && examples.push(words);
  const one = async (path: string) => {
    const before = right.get(path) ?? [];
    requests += 1;
    try {
      const { status, body } = await send(agent, port, host, path);
      if (status !== 200) throw new Error(`status ${status} ${body}`);
      last.set(path, body);
      if (before.includes(body) || right.get(path)?.includes(body)) return;
      wrong += 1;
      tell(`${path} was answered by ${body}, not ${right.get(path)}`);
    } catch (error) {
      failed += 1;
      tell(`${path}: ${error}`);
    }
  };
  const connection = async (start: number) => {
    for (let i = start; !ended; i++) {
      const paths = [...right.keys()];
      await one(paths[i % paths.length] ?? "/");
      // A gateway that is down is not asked in a busy loop.
      if (failed > 0) await sleep(5);
    }
  };
  const connections = Array.from({ length: 16 }, (_, i) => connection(i));
  return {
    expect: (path, backends) => right.set(path, backends),
    last: (path) => last.get(path),
    async stop() {
      ended = true;
      await Promise.all(connections);
      agent.destroy();
      return { requests, failed, wrong, examples };
    },
  };
}

function send(agent: Agent, port: number, host: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: "127.0.0.1", port, path, headers: { host } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on("error", reject).end();
  });
}
