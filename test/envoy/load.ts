/** Requests that do not stop while something changes, and a judge of who answered each of them. */
import { Agent, request } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./eventually.ts";

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
  /** Waits until so many more requests were answered, well or badly. */
  sent(more: number): Promise<void>;
  stop(): Promise<LoadResult>;
}

/** How loads talk: over connections that are kept, over a connection for each request, or over HTTP/2 (without TLS, both sides know). */
export const loadClients = ["keep-alive", "connection each", "http/2"] as const;

/** One of them. */
export type LoadClient = (typeof loadClients)[number];

/** How a load is made. */
export interface LoadOptions {
  readonly client?: LoadClient;
  /** How long each of the 16 waits between two requests, in milliseconds. Default: not at all. */
  readonly pauseMs?: number;
}

/** Sends 16 requests at a time for `host` to a port of this machine; answers are judged by their body, the backend's name. */
export function startLoad(
  port: number,
  host: string,
  expected: Readonly<Record<string, readonly string[]>>,
  { client = "keep-alive", pauseMs = 0 }: LoadOptions = {},
): Load {
  const right = new Map(Object.entries(expected));
  const last = new Map<string, string>();
  const examples: string[] = [];
  const sender = client === "http/2" ? createHttp2Sender(port, host) : createSender(port, host, client === "keep-alive");
  let [requests, failed, wrong, ended] = [0, 0, 0, false];
  const tell = (words: string) => examples.length < 5 && examples.push(words);
  const one = async (path: string) => {
    const before = right.get(path) ?? [];
    requests += 1;
    try {
      const { status, body } = await sender.send(path);
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
      if (failed > 0 || pauseMs > 0) await sleep(Math.max(pauseMs, failed > 0 ? 5 : 0));
    }
  };
  const connections = Array.from({ length: 16 }, (_, i) => connection(i));
  return {
    expect: (path, backends) => right.set(path, backends),
    last: (path) => last.get(path),
    async sent(more) {
      const enough = requests + more;
      await eventually(`${more} more requests`, () => (requests >= enough ? true : undefined));
    },
    async stop() {
      ended = true;
      await Promise.all(connections);
      sender.close();
      return { requests, failed, wrong, examples };
    },
  };
}

/** Sends requests and gives the answers. */
interface Sender {
  send(path: string): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

function createSender(port: number, host: string, keepAlive: boolean): Sender {
  const agent = new Agent({ keepAlive, maxSockets: 16 });
  return {
    send: (path) =>
      new Promise((resolve, reject) => {
        const outgoing = request({ agent, host: "127.0.0.1", port, path, headers: { host } }, (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (text: string) => (body += text));
          response.on("error", reject);
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        });
        outgoing.on("error", reject).end();
      }),
    close: () => agent.destroy(),
  };
}

/** One connection at a time; when the other side asks to go elsewhere (GOAWAY), the next request opens another. */
function createHttp2Sender(port: number, host: string): Sender {
  let session: ClientHttp2Session | undefined;
  const open = (): ClientHttp2Session => {
    const opened = connect(`http://127.0.0.1:${port}`);
    const leave = () => {
      if (session === opened) session = undefined;
    };
    opened.on("goaway", leave).on("close", leave).on("error", leave);
    return opened;
  };
  const once = (path: string): ReturnType<Sender["send"]> =>
    new Promise((resolve, reject) => {
      session ??= open();
      const stream = session.request({ ":path": path, ":authority": host });
      let [status, body] = [0, ""];
      stream.setEncoding("utf8");
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
      });
      stream.on("data", (text: string) => (body += text));
      stream.on("error", () => reject(new Http2Failure(stream.rstCode)));
      stream.on("end", () => resolve({ status, body }));
    });
  return {
    async send(path) {
      try {
        return await once(path);
      } catch (error) {
        // Nobody has seen such a request, so every client sends it again (RFC 9113, section 8.7): a GOAWAY crossed it.
        if (error instanceof Http2Failure && error.code === constants.NGHTTP2_REFUSED_STREAM) return once(path);
        throw error;
      }
    },
    close: () => session?.close(),
  };
}

class Http2Failure extends Error {
  readonly code: number | undefined;

  constructor(code: number | undefined) {
    super(`the stream ended with ${code}`);
    this.code = code;
  }
}
