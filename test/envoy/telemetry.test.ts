/** What a real Envoy tells servers about its traffic and itself. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import { envoyAdmin } from "../../src/infra/host/envoy-admin.ts";
import { issue } from "../builders/certificates.ts";
import {
  backend,
  backendObjectRef,
  configMap,
  envoyProxy,
  gatewayClass,
  gateway as gatewayObject,
  listener,
  prefix,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";
import { startTelemetryServer, type TelemetryServer } from "./telemetry-server.ts";

type Telemetry = NonNullable<EnvoyProxySpec["telemetry"]>;

const echo = createServer((_request, response) => response.end("echo"));
let server: TelemetryServer;
let gateway: GatewayUnderTest;
let port: number;

/** The collector, once by reference to a Backend with TLS and once by address. */
const collector = () => ({ backendRefs: [backendObjectRef("collector")], port: 4317 });
const host = () => ({ host: "127.0.0.1", port: server.port });

function telemetry(): Telemetry {
  const headers = [{ name: "x-token", value: "t0ken" }];
  const format = { text: "%REQ(:METHOD)% %REQ(:PATH)%", json: { code: "%RESPONSE_CODE%" } };
  return {
    accessLog: {
      settings: [
        { format, sinks: [{ type: "OpenTelemetry", openTelemetry: { ...host(), headers, resourceAttributes: { site: "a" } } }] },
        // Nobody listens there, which harms no request.
        { sinks: [{ type: "ALS", als: { backendRefs: [backendObjectRef("silent")], type: "TCP" } }] },
        {
          matches: ["response.code == 200"],
          sinks: [
            {
              type: "ALS",
              als: {
                backendRefs: [backendObjectRef("collector")],
                logName: "requests",
                type: "HTTP",
                http: { requestHeaders: ["x-who"] },
              },
            },
          ],
        },
      ],
    },
    tracing: {
      provider: {
        type: "OpenTelemetry",
        ...collector(),
        serviceName: "shop",
        openTelemetry: { resourceAttributes: { site: "a" } },
      },
      spanName: { client: "in %REQ(:METHOD)%", server: "out" },
      customTags: { fixed: { type: "Literal", literal: { value: "yes" } } },
      tags: { who: "%REQ(X-WHO)%" },
    },
    metrics: {
      matches: [
        { type: "Prefix", value: "vhost." },
        { type: "Suffix", value: "uptime" },
      ],
      enableVirtualHostStats: true,
      sinks: [{ type: "OpenTelemetry", openTelemetry: { ...collector() } }],
    },
  };
}

/** Waits until the messages of a kind hold all these words. */
function arrived(kind: keyof TelemetryServer["received"], ...words: readonly string[]): Promise<string> {
  return eventually(`${kind} with ${words.join(", ")} never came: ${JSON.stringify(server.received[kind])}`, () => {
    const text = JSON.stringify(server.received[kind].map(({ message }) => message));
    return words.every((word) => text.includes(word)) ? text : undefined;
  });
}

describe("telemetry", () => {
  before(async () => {
    const certificate = await issue(["localhost"]);
    server = await startTelemetryServer(certificate);
    port = await freePort();
    const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "telemetry" };
    gateway = await startGateway({
      "objects.yaml": [
        gatewayClass(),
        gatewayObject("default/eg", [listener("http", { port })], { infrastructure: { parametersRef } }),
        envoyProxy("default/telemetry", { telemetry: telemetry() }),
        backend("default/collector", [{ fqdn: { hostname: "localhost", port: server.securePort } }], {
          tls: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }], insecureSkipVerify: false },
        }),
        configMap("default/ca", { "ca.crt": certificate.certificate }),
        localBackend("echo", await listenAnywhere(echo)),
        localBackend("silent", await freePort()),
        routeFor("app", "app.test", [ruleTo([prefix("/")])]),
      ],
    });
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    assert.equal((await ask(port, "/a", { host: "app.test", headers: { "x-who": "me" } })).status, 200);
    assert.equal((await ask(port, "/b", { host: "other.test" })).status, 404);
  });

  after(async () => {
    await gateway?.stop();
    server?.stop();
    echo.close();
  });

  test("has log records with body, attributes and headers", { timeout: 60_000 }, async () => {
    await arrived("logs", '"GET /a"', '"GET /b"', '"code"', '"404"', '"site"');
    const [first] = server.received.logs;
    assert.equal(first?.headers["x-token"], "t0ken");
    assert.equal(first?.host, "127.0.0.1");
  });

  test("has entries of the requests that match, with the headers asked for", { timeout: 60_000 }, async () => {
    const entries = await arrived("entries", '"requests"', '"x-who":"me"');
    assert.match(entries, /"path":"\/a"/);
    assert.doesNotMatch(entries, /"path":"\/b"/);
  });

  test("has spans for the request and for the try, with names and tags", { timeout: 60_000 }, async () => {
    await arrived("spans", '"shop"', '"in GET"', '"out"', '"fixed"', '"yes"', '"who"', '"me"', '"site"');
  });

  test("has the metrics that match, and no others", { timeout: 60_000 }, async () => {
    const sent = await arrived("metrics", "uptime");
    assert.doesNotMatch(sent, /membership/);
    const asked = await statistics();
    assert.match(asked, /envoy_vhost_vcluster_upstream_rq_total\{[^}]*app_test[^}]*\} 1/);
    assert.match(asked, /envoy_server_uptime/);
    assert.doesNotMatch(asked, /envoy_cluster_/);
  });
});

/** What the proxy answers to Prometheus, on its admin interface. */
async function statistics(): Promise<string> {
  const run = join(gateway.folder, "../run");
  const [file = ""] = readdirSync(run, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("admin-address"));
  const answer = await envoyAdmin(join(run, file)).get("/stats/prometheus");
  return answer?.body ?? "";
}
