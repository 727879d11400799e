import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { destination } from "../../../test/builders/ir.ts";
import { backendObjectRef } from "../../../test/builders/objects.ts";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { ProxySite } from "../../gatewayapi/proxy-field.ts";
import type { Parts } from "../../ir/slot.ts";
import { systemTrust, type UpstreamTls, upstreamTlsSlot } from "../../ir/upstream-tls.ts";
import { proxyMetrics } from "./proxy-metrics.ts";
import { readSink } from "./sinks.ts";

type MetricsSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["metrics"]>;

function metrics(spec: MetricsSpec, compatible = false) {
  const feature = proxyMetrics(compatible);
  const outcome = feature.proxyField?.translate({ logging: { level: {} }, telemetry: { metrics: spec } }, {}, proxySite);
  assert.ok(outcome);
  return { feature, outcome, parts: outcome.parts, problems: outcome.problems.map(({ message }) => message) };
}

function partsOf(tls: UpstreamTls | undefined): Parts {
  return tls === undefined ? {} : upstreamTlsSlot.set({}, tls);
}

describe("metrics of proxies", () => {
  it("are kept for virtual hosts, by hostname", () => {
    const hostOf = (hostname: string, compatible?: boolean) => {
      const { feature, parts } = metrics({ enableVirtualHostStats: true }, compatible);
      return feature.virtualHost?.({}, hostname, parts).virtualClusters;
    };
    const exact = [{ name: "a_example_com", headers: [{ name: ":authority", stringMatch: { prefix: "a.example.com" } }] }];
    assert.deepEqual(hostOf("a.example.com"), exact);
    assert.deepEqual(hostOf("*.example.com"), [{ name: "*_example_com", headers: [{ name: ":authority", presentMatch: true }] }]);
    assert.deepEqual(hostOf("*", true), [{ name: "*", headers: [{ name: ":authority", stringMatch: { prefix: "*" } }] }]);
    const { feature, parts } = metrics({});
    assert.deepEqual(feature.virtualHost?.({}, "a", parts), {});
  });

  it("are kept for endpoints and for sizes, but not in the cluster of the proxies themselves", () => {
    const { feature, parts } = metrics({ enablePerEndpointStats: true, enableRequestResponseSizesStats: true });
    const tracked = { perEndpointStats: true, requestResponseSizes: true };
    assert.deepEqual(feature.cluster?.({}, destination(), parts), { trackClusterStats: tracked });
    assert.deepEqual(feature.cluster?.({}, destination({ name: "default/eg" }), parts), {});
  });

  it("name the clusters of routes as asked for", () => {
    const id = { kind: "httproute", namespace: "default", name: "app", index: 2, ruleName: "r" };
    const nameOf = (clusterStatName: string, rule: typeof id | undefined = id) => {
      const { feature, parts } = metrics({ clusterStatName });
      return feature.cluster?.({}, destination({ ...(rule && { rule }) }), parts).altStatName;
    };
    const all = "%ROUTE_KIND%/%ROUTE_NAMESPACE%/%ROUTE_NAME%/%ROUTE_RULE_NAME%/%ROUTE_RULE_NUMBER%/%BACKEND_REFS%";
    assert.equal(nameOf(all), "HTTPRoute/default/app/r/2/default/app");
    const { mistakes, feature, parts } = {
      mistakes: metrics({ clusterStatName: "%NOPE%" }).problems,
      ...metrics({ clusterStatName: all }),
    };
    assert.match(mistakes.join(), /^spec\.telemetry\.metrics\.clusterStatName: %NOPE% is not known; use %ROUTE_NAME%/);
    assert.deepEqual(feature.cluster?.({}, destination(), parts), {});
  });

  it("are sent to servers, whose endpoints are told; the others are sent all the same", () => {
    const sink = (changes: object) => ({
      type: "OpenTelemetry" as const,
      openTelemetry: { backendRefs: [backendObjectRef("otel")], port: 4317, ...changes },
    });
    const more = { reportCountersAsDeltas: true, headers: [{ name: "a", value: "b" }], resourceAttributes: { site: "a" } };
    const { outcome, problems } = metrics({ sinks: [sink({ host: "missing" }), sink(more)] });
    assert.deepEqual(problems, ["spec.telemetry.metrics.sinks[0].openTelemetry: missing does not exist"]);
    assert.deepEqual(outcome.metrics?.sinks, [
      {
        endpoints: [{ address: "10.0.0.1", port: 4317 }],
        authority: "otel",
        headers: [{ name: "a", value: "b" }],
        resourceAttributes: { site: "a" },
        countersAsDeltas: true,
        histogramsAsDeltas: false,
      },
    ]);
    const { problems: warnings } = metrics({ sinks: [sink({ backendSettings: { tcpKeepalive: { probes: 1 } } })] });
    assert.match(warnings.join(), /backendSettings: metrics are sent without/);
  });

  it("are sent by TLS as their server asks for, or not at all", () => {
    const trust = { secret: "ca", bundle: "Backend/a/b" };
    const named: UpstreamTls = { trust, serverName: { name: "otel.test" }, handshake: {} };
    const sent = (...all: readonly (UpstreamTls | undefined)[]) => {
      const settings = all.flatMap((tls) => destination({}).settings.map((each) => ({ ...each, parts: partsOf(tls) })));
      const site: ProxySite = {
        ...proxySite,
        serverCluster: () => ({ cluster: { ...destination(), settings, parts: {} }, warnings: [] }),
        authorities: (bundle) => (bundle === trust.bundle ? "Y2E=" : undefined),
      };
      const { sink, problems } = readSink({ port: 4317 }, "sink", site);
      return sink === undefined ? problems.map(({ message }) => message).join() : sink.tls;
    };
    assert.deepEqual(sent(named, named), { settings: named, authorities: "Y2E=" });
    assert.equal(sent(undefined), undefined);
    const system = { ...named, trust: { secret: "s", bundle: systemTrust } };
    assert.deepEqual(sent(system), { settings: system, authorities: "system" });
    const unchecked: UpstreamTls = { serverName: "request host", handshake: {} };
    assert.deepEqual(sent(unchecked), { settings: unchecked });
    const refused: readonly (readonly [RegExp, readonly (UpstreamTls | undefined)[]])[] = [
      [/differ in their TLS settings/, [named, undefined]],
      [/client certificate/, [{ ...named, handshake: { certificate: "a/b" } }]],
      [/no name to check/, [{ ...named, serverName: "request host" }]],
      [/CA certificates of the servers are missing/, [{ ...named, trust: { secret: "x", bundle: "x" } }]],
    ];
    for (const [message, all] of refused) assert.match(String(sent(...all)), message);
  });

  it("are those that match; what is no regular expression matches nothing", () => {
    const { outcome, problems } = metrics({
      matches: [
        { type: "RegularExpression", value: "(" },
        { type: "Suffix", value: "b" },
      ],
    });
    assert.deepEqual(outcome.metrics?.kept, [{ type: "suffix", value: "b" }]);
    assert.deepEqual(problems, ["spec.telemetry.metrics.matches[0].value: not a regular expression (RE2): ("]);
  });
});
