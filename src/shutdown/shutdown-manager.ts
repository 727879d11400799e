import { existsSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { Logger } from "../log/logger.ts";

/** What the shutdown manager is made from. */
export interface ShutdownManagerOptions {
  /** The file that says that Envoy is drained. */
  readonly readyFile: string;
  /** How long a request waits for it, in milliseconds. */
  readonly readyTimeoutMs: number;
  readonly log: Logger;
  /** How often the file is looked for, in milliseconds. Default: 200. */
  readonly pollMs?: number;
}

/**
 * The server beside an Envoy that keeps it from ending before it is drained: `/shutdown/ready`, which Kubernetes asks before it stops
 * Envoy, is answered when the file is there (200) or does not come in time (500). `/healthz` answers at once. A file that an earlier
 * container left is removed.
 */
export function createShutdownManager(options: ShutdownManagerOptions): Server {
  rmSync(options.readyFile, { force: true });
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0];
    if (path === "/healthz") answer(response, 200, "ok");
    else if (path === "/shutdown/ready") void answerWhenReady(response, options);
    else answer(response, 404, "there are /healthz and /shutdown/ready");
  });
  server.requestTimeout = 5_000;
  return server;
}

async function answerWhenReady(response: ServerResponse, options: ShutdownManagerOptions): Promise<void> {
  const { readyFile, readyTimeoutMs, log, pollMs = 200 } = options;
  log.info("Envoy shall end: waiting until it is drained");
  const began = performance.now();
  while (!existsSync(readyFile)) {
    if (response.destroyed) return;
    if (performance.now() - began >= readyTimeoutMs) {
      log.warn("Envoy was not drained in time", { readyTimeoutMs });
      return answer(response, 500, "not drained in time");
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  log.info("Envoy is drained and may end");
  answer(response, 200, "drained");
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`${text}\n`);
}
