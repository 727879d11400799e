/** Backends that tell who they are, and requests that are sent until the right one answers. */
import { Agent, createServer, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listenAnywhere } from "../envoy/free-port.ts";

/** Backends on the loopback interface. */
export interface Backends {
  readonly ports: readonly number[];
  close(): void;
}

/** Starts `count` backends, which answer with their number. */
export async function startBackends(count: number): Promise<Backends> {
  const servers = Array.from({ length: count }, (_, number) =>
    createServer({ keepAliveTimeout: 0 }, (_request, response) => response.end(String(number))),
  );
  const ports = await Promise.all(servers.map((server) => listenAnywhere(server)));
  const close = () => {
    for (const server of servers) server.close().closeAllConnections();
  };
  return { ports, close };
}

/** Whom a request must reach. */
export interface Sought {
  readonly hostname: string;
  readonly path: string;
  /** The number of the backend. */
  readonly backend: number;
}

/** Sends requests one after the other to a proxy on this machine. */
export class Asker {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.#port = port;
  }

  /** Asks until the backend answers; resolves with that moment (`performance.now()`). Rejects when it never does. */
  async until(sought: Sought, mostMs = 120_000): Promise<number> {
    const end = performance.now() + mostMs;
    for (;;) {
      const answer = await this.#ask(sought);
      const at = performance.now();
      if (answer === String(sought.backend)) return at;
      if (at > end)
        throw new Error(`${sought.hostname}${sought.path} was never answered by backend ${sought.backend}: ${answer}`);
      // Requests without pause would take the proxy's time from what is measured.
      await sleep(1);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask({ hostname, path }: Sought): Promise<string> {
    return new Promise((resolve) => {
      const options = { host: "127.0.0.1", port: this.#port, path, headers: { host: hostname }, agent: this.#agent };
      const request = get(options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`));
      });
      request.on("error", (error) => resolve(error.message));
    });
  }
}
