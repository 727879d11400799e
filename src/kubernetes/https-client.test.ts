import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import { type AnsweringServer, openAnsweringServer } from "../../test/kubernetes/answering-server.ts";
import type { Access } from "./access.ts";
import { type ApiClient, ApiError, type WatchEvent } from "./api-client.ts";
import { createHttpsClient } from "./https-client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

function json(response: ServerResponse, code: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

const refusal = (code: number, reason: string, message: string) => ({ kind: "Status", status: "Failure", code, reason, message });

describe("the client of an API server", () => {
  let server: AnsweringServer;
  let client: ApiClient;
  let token = "first";
  let answer: Answer = () => {};
  const asked: boolean[] = [];

  before(async () => {
    server = await openAnsweringServer((request, response, body) => answer(request, response, body));
    const tls = { ca: server.ca, servername: "localhost" };
    const access: Access = {
      server: new URL(server.url),
      namespace: "default",
      credentials: async (refused = false) => {
        asked.push(refused);
        if (refused) token = "second";
        return { tls, authorization: `Bearer ${token}` };
      },
    };
    client = createHttpsClient(access, "test/1");
  });
  after(async () => {
    client.close();
    await server.close();
  });

  test("a request carries its query, body, type and credentials, and gives what the server says", async () => {
    answer = ({ method, url, headers }, response, body) =>
      json(response, 201, {
        method,
        url,
        type: headers["content-type"],
        user: headers["user-agent"],
        by: headers.authorization,
        body,
      });
    const answered = await client.request({
      method: "PATCH",
      path: "/api/v1/namespaces/a/secrets/b",
      query: { fieldManager: "x y", force: true, left: undefined },
      body: { ü: 1 },
      contentType: "application/apply-patch+yaml",
    });
    assert.deepEqual(answered, {
      method: "PATCH",
      url: "/api/v1/namespaces/a/secrets/b?fieldManager=x+y&force=true",
      type: "application/apply-patch+yaml",
      user: "test/1",
      by: "Bearer first",
      body: '{"ü":1}',
    });
  });

  test("a refusal is told in the server's words, or in those of whoever answered", async () => {
    answer = (_, response) => json(response, 404, refusal(404, "NotFound", 'secrets "b" not found'));
    const request = { method: "GET", path: "/x" } as const;
    await assert.rejects(client.request(request), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.code, error.reason, error.message], [404, "NotFound", 'secrets "b" not found']);
      return true;
    });
    answer = (_, response) => response.writeHead(503, { "retry-after": "7" }).end("<html>busy</html>");
    await assert.rejects(client.request(request), {
      name: "ApiError",
      reason: "ServiceUnavailable",
      retryAfterSeconds: 7,
      message: "GET /x was answered with HTTP 503: <html>busy</html>",
    });
  });

  test("a refused token is read anew, once", async () => {
    answer = ({ headers }, response) =>
      headers.authorization === "Bearer second"
        ? json(response, 200, {})
        : json(response, 401, refusal(401, "Unauthorized", "no"));
    token = "first";
    asked.length = 0;
    await client.request({ method: "GET", path: "/x" });
    assert.deepEqual(asked, [false, true]);
    answer = (_, response) => json(response, 401, refusal(401, "Unauthorized", "no"));
    await assert.rejects(client.request({ method: "GET", path: "/x" }), { code: 401 });
  });

  test("a server without time is asked again when it says", async () => {
    let times = 0;
    answer = (_, response) => {
      times++;
      if (times < 3) json(response, 429, refusal(429, "TooManyRequests", "later"), { "retry-after": "0" });
      else json(response, 200, { times });
    };
    assert.deepEqual(await client.request({ method: "POST", path: "/x", body: {} }), { times: 3 });
  });

  test("a kept connection that the server has closed meanwhile is no error", async () => {
    let connections = 0;
    const count = () => connections++;
    server.server.on("secureConnection", count);
    answer = (request, response) => {
      if (connections === 0) request.socket.destroy();
      else json(response, 200, { connections });
    };
    assert.deepEqual(await client.request({ method: "GET", path: "/x" }), { connections: 1 });
    server.server.off("secureConnection", count);
  });

  test("silence ends in an error that names the request; the caller may end it too", async () => {
    answer = () => {};
    await assert.rejects(
      client.request({ method: "GET", path: "/slow", timeoutMs: 20 }),
      /GET \/slow: no answer from 127\.0\.0\.1:\d+ within 0\.02 s/,
    );
    const ending = new AbortController();
    const pending = client.request({ method: "GET", path: "/slow", signal: ending.signal });
    ending.abort(new Error("enough"));
    await assert.rejects(pending, /enough/);
  });

  test("a watch gives events as they come, however the stream is cut, and ends when the server or the caller wants it", async () => {
    const events: readonly WatchEvent[] = [
      { type: "ADDED", object: { name: "ä".repeat(40_000) } },
      { type: "BOOKMARK", object: { name: "€" } },
      { type: "ERROR", object: refusal(410, "Expired", "too old") },
    ];
    const bytes = Buffer.from(`${events.map((event) => JSON.stringify(event)).join("\n")}\n{"type":"ADD`);
    answer = async ({ url }, response) => {
      // Requests of the test before may come late.
      if (!url?.includes("watch=true")) return;
      response.writeHead(200);
      for (let at = 0; at < bytes.length; at += 9_999) {
        response.write(bytes.subarray(at, at + 9_999));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const seen: WatchEvent[] = [];
    for await (const event of client.watch({ path: "/w" })) seen.push(event);
    assert.deepEqual(seen, events);

    answer = (_, response) => response.writeHead(200).write('{"type":"ADDED","object":{}}\n');
    const ending = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of client.watch({ path: "/w", signal: ending.signal })) ending.abort(new Error("enough"));
    }, /enough/);
  });

  test("a watch is refused like a request", async () => {
    answer = (_, response) => json(response, 410, refusal(410, "Expired", "too old resource version"));
    await assert.rejects(client.watch({ path: "/w" })[Symbol.asyncIterator]().next(), {
      name: "ApiError",
      code: 410,
      reason: "Expired",
    });
  });
});

test("a server whose certificate is not trusted gets no request", async () => {
  const server = await openAnsweringServer((_request, response) => response.end("{}"));
  const access = (tls: object): Access => ({
    server: new URL(server.url),
    namespace: "default",
    credentials: async () => ({ tls, authorization: "Bearer secret" }),
  });
  const get = { method: "GET", path: "/" } as const;
  await assert.rejects(createHttpsClient(access({}), "t").request(get), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const otherName = createHttpsClient(access({ ca: server.ca, servername: "other" }), "t");
  await assert.rejects(otherName.request(get), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  await server.close();
});
