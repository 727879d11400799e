import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, type ApiRequest } from "../../src/kubernetes/api-client.ts";
import { openAnsweringServer } from "./answering-server.ts";
import type { FakeApiServer } from "./fake-api-server.ts";

/** A server in memory, reachable by a kubeconfig. */
export interface HttpsApiServer {
  /** The text of a kubeconfig file. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** Serves a server in memory over HTTPS on a free port of this machine. */
export async function serveOverHttps({ client }: FakeApiServer): Promise<HttpsApiServer> {
  const server = await openAnsweringServer((request, response, body) => {
    answer(request, response, body).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const refusal = error instanceof ApiError ? error : new ApiError(500, "InternalError", String(error));
      const { code, reason, message } = refusal;
      const retry = refusal.retryAfterSeconds === undefined ? {} : { "retry-after": String(refusal.retryAfterSeconds) };
      response.writeHead(code, retry).end(JSON.stringify({ kind: "Status", code, reason, message }));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://localhost");
    const { watch, ...query } = Object.fromEntries(Array.from(searchParams, ([name, value]) => [name, typed(value)]));
    const asked = { path: pathname, query, accept: request.headers.accept ?? "" };
    if (watch !== true) {
      const method = request.method as ApiRequest["method"];
      const contentType = request.headers["content-type"] as NonNullable<ApiRequest["contentType"]> | undefined;
      const full = { ...asked, method, ...(contentType && { contentType }), body: body === "" ? undefined : JSON.parse(body) };
      response.end(JSON.stringify(await client.request(full)));
      return;
    }
    const ending = new AbortController();
    request.on("close", () => ending.abort(new Error("the client is gone")));
    response.flushHeaders();
    for await (const event of client.watch({ ...asked, signal: ending.signal })) response.write(`${JSON.stringify(event)}\n`);
    response.end();
  }

  const cluster = {
    server: server.url,
    "tls-server-name": "localhost",
    "certificate-authority-data": Buffer.from(server.ca).toString("base64"),
  };
  return {
    kubeconfig: JSON.stringify({
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
    close: () => server.close(),
  };
}

function typed(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^\d+$/.test(value) ? Number(value) : value;
}
