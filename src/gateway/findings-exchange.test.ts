import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeCluster } from "../../test/builders/fake-cluster.ts";
import { ManualClock, settledPromises } from "../../test/builders/manual-clock.ts";
import { gateway, gatewayClass, httpRoute, listener, parent, rule } from "../../test/builders/objects.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import type { SyncReport } from "../ir/infra.ts";
import { ApiError } from "../kubernetes/api-client.ts";
import { silentLogger } from "../log/logger.ts";
import { refusalKey } from "../xds/translator/refused-pieces.ts";
import { exchangeFindings } from "./findings-exchange.ts";
import { openPipeline } from "./pipeline.ts";

const configuration = parseConfig(
  "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider: {type: Kubernetes}\n",
  "config.yaml",
);
assert.ok("config" in configuration);
const { config } = configuration;

const place = (replica: string) => `ConfigMap/envoy-gateway-system/envoy-gateway-findings-${replica}`;
const rejection = { typeUrl: "type.googleapis.com/envoy.config.listener.v3.Listener", resources: ["tcp-80"], message: "no" };
const refused: SyncReport = { scope: "infra/gw", connected: 1, synced: false, serving: false, rejections: [rejection] };

/** A replica of a control plane with a Gateway and a route. */
function open(replica: string, cluster: FakeCluster, clock: ManualClock) {
  const pipeline = openPipeline({ config });
  const { graph, objects } = pipeline;
  graph.batch(() => {
    objects.GatewayClass.set("eg", gatewayClass());
    objects.Gateway.set(
      "infra/gw",
      gateway("infra/gw", [listener("http", { allowedRoutes: { namespaces: { from: "All" } } } as never)]),
    );
    objects.HTTPRoute.set("app/r", httpRoute("app/r", [rule([])], { parentRefs: [parent("infra/gw")] }));
    pipeline.infraReports.set("infra/gw", {
      scope: "infra/gw",
      addresses: [{ type: "IPAddress", value: "1.2.3.4" }],
      replicas: { available: 1, desired: 1 },
      configured: true,
    });
  });
  const close = exchangeFindings({
    client: cluster.client,
    follow: cluster.follow,
    namespace: "envoy-gateway-system",
    write: (fn) => graph.batch(fn),
    log: silentLogger,
    ...{ replica, pipeline, clock },
  });
  const conditionOf = (key: string, type: string) => {
    const text = JSON.stringify(pipeline.statuses.get(key)?.status);
    const found = [...text.matchAll(/\{"type":"(\w+)","status":"(\w+)","reason":"([\w,]+)","message":"((?:[^"\\\\]|\\\\.)*)"/g)];
    const [, , status, , message] = found.find(([, each]) => each === type) ?? [];
    return `${status}: ${message}`;
  };
  return { pipeline, close, programmed: () => conditionOf("Gateway/infra/gw", "Programmed"), conditionOf };
}

function world() {
  const [cluster, clock] = [new FakeCluster(), new ManualClock()];
  const settle = (ms = 500) => clock.advanceSettling(ms).then(settledPromises).then(settledPromises);
  return { cluster, clock, settle, leader: open("a", cluster, clock), other: open("b", cluster, clock) };
}

describe("what proxies of another replica refuse", () => {
  it("is told in the statuses, and until it is mended only", async () => {
    const { cluster, leader, other, settle } = world();
    assert.match(leader.programmed(), /^True/);
    other.pipeline.syncReports.set("infra/gw", refused);
    await settle();
    assert.match(leader.programmed(), /^False: proxies refused part of the configuration: Listener tcp-80: no/);
    assert.ok(cluster.objects.has(place("b")));
    other.pipeline.syncReports.set("infra/gw", { ...refused, synced: true, serving: true, rejections: [] });
    await settle();
    assert.match(leader.programmed(), /^True/);
    assert.equal(cluster.objects.size, 0);
  });

  it("also where it was replaced there", async () => {
    const { leader, other, settle } = world();
    const route = (each: typeof leader) =>
      each.conditionOf("HTTPRoute/app/r", "PartiallyInvalid") + each.conditionOf("HTTPRoute/app/r", "Accepted");
    const before = route(leader);
    for (const { virtualHosts = [] } of other.pipeline.resources.values()) {
      for (const { routes } of virtualHosts)
        for (const { version } of routes) other.pipeline.refusals.set(refusalKey("infra/gw", version), { message: "bad words" });
    }
    assert.match(route(other), /bad words/);
    assert.equal(route(leader), before);
    await settle();
    assert.equal(route(leader), route(other));
  });

  it("is forgotten when the replica ends, and when it is not heard of any more", async () => {
    const { cluster, clock, leader, other, settle } = world();
    other.pipeline.syncReports.set("infra/gw", refused);
    await settle();
    await other.close();
    await settle();
    assert.match(leader.programmed(), /^True/);
    assert.equal(cluster.objects.size, 0);
    const third = open("c", cluster, clock);
    third.pipeline.syncReports.set("infra/gw", refused);
    await settle();
    for (let minute = 0; minute < 10; minute++) await settle(60_000);
    assert.match(leader.programmed(), /^False/, "it is renewed");
    cluster.refuse = ({ method }) => {
      if (method === "PATCH") throw new ApiError(403, "Forbidden", "no");
    };
    for (let minute = 0; minute < 4; minute++) await settle(60_000);
    assert.match(leader.programmed(), /^True/);
    assert.equal(cluster.objects.size, 0);
  });

  it("costs nothing while there is nothing", async () => {
    const { cluster, leader, settle } = world();
    leader.pipeline.syncReports.set("infra/gw", { ...refused, synced: true, serving: true, rejections: [] });
    for (let minute = 0; minute < 5; minute++) await settle(60_000);
    assert.deepEqual(cluster.writes, []);
  });
});
