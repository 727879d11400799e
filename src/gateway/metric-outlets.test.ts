import assert from "node:assert/strict";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { parseConfig } from "../api/config/parse-config.ts";
import { silentLogger } from "../log/logger.ts";
import { createMetricRegistry } from "../telemetry/metric-registry.ts";
import { createClosers } from "./closers.ts";
import { closeServer, listen } from "./listen.ts";
import { openMetricSinks, servesPrometheus } from "./metric-outlets.ts";

function configOf(telemetry: string) {
  const parsed = parseConfig(
    `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyGateway, telemetry: ${telemetry}}`,
    "eg.yaml",
  );
  assert.ok("config" in parsed, JSON.stringify(parsed));
  return parsed.config;
}

test("Prometheus is served unless the configuration says otherwise", () => {
  assert.equal(servesPrometheus({}), true);
  assert.equal(servesPrometheus(configOf("{metrics: {prometheus: {}}}")), true);
  assert.equal(servesPrometheus(configOf("{metrics: {prometheus: {disable: true}}}")), false);
});

test("metrics go to every sink of the configuration, at the end at the latest", async (t) => {
  let received = 0;
  const server = createServer(async (request, response) => {
    if ((await buffer(request)).includes("up_total")) received++;
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  t.after(() => closeServer(server));
  const port = await listen(server, { host: "127.0.0.1", port: 0, purpose: "metrics", remedy: "" });
  const registry = createMetricRegistry();
  registry.counter({ name: "up_total", help: "Up." })();
  const sink = `{type: OpenTelemetry, openTelemetry: {host: 127.0.0.1, port: ${port}, protocol: http, exportInterval: 10s}}`;
  const closers = createClosers();
  await openMetricSinks(configOf(`{metrics: {sinks: [${sink}, ${sink}]}}`), registry, silentLogger, closers);
  assert.equal(received, 0);
  await closers.close();
  assert.equal(received, 2);
});
