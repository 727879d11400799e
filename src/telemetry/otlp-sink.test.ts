import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Server } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { createLogs } from "../log/logger.ts";
import { createMetricRegistry } from "./metric-registry.ts";
import { type OtlpSink, sendMetrics } from "./otlp-sink.ts";

function registryWithOne() {
  const registry = createMetricRegistry();
  registry.counter({ name: "events_total", help: "Events." })({}, 3);
  return registry;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** Sends once, at the end, and gives what the log said. */
async function sendOnce(sink: Pick<OtlpSink, "port" | "protocol">): Promise<string> {
  let log = "";
  const logs = createLogs({}, { write: (line) => (log += line) });
  const end = await sendMetrics(
    registryWithOne(),
    { host: "127.0.0.1", timeoutMs: 1_000, ...sink },
    { version: "v1.2.3", log: logs.for("default") },
  );
  await end();
  return log;
}

test("sends metrics over HTTP, the last ones at the end", async (t) => {
  const received: { url: string | undefined; type: string | undefined; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    received.push({ url: request.url, type: request.headers["content-type"], body });
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  t.after(() => server.close());
  assert.equal(await sendOnce({ port: await listen(server), protocol: "http" }), "");
  server.closeAllConnections();
  assert.deepEqual(
    received.map(({ url, type }) => [url, type]),
    [["/v1/metrics", "application/x-protobuf"]],
  );
  for (const text of ["events_total", "envoy-gateway", "v1.2.3"]) assert.ok(received[0]?.body.includes(text), text);
});

test("sends metrics over gRPC", async (t) => {
  const received: { path: string | undefined; body: Buffer }[] = [];
  const server = createHttp2Server();
  server.on("stream", async (stream, headers) => {
    received.push({ path: headers[":path"], body: await buffer(stream) });
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    // One empty message.
    stream.end(Buffer.alloc(5));
  });
  t.after(() => server.close());
  assert.equal(await sendOnce({ port: await listen(server), protocol: "grpc" }), "");
  assert.equal(received[0]?.path, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
  assert.ok(received[0]?.body.includes("events_total"));
});

test("tells that a server refuses them", async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(400).end();
  });
  t.after(() => server.close());
  const port = await listen(server);
  const log = await sendOnce({ port, protocol: "http" });
  server.closeAllConnections();
  assert.match(log, new RegExp(`WARN\tdefault\tmetrics cannot be sent\t.*"sink":"http 127\\.0\\.0\\.1:${port}"`));
});
