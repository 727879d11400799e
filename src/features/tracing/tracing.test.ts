import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { TracingSpec } from "./settings.ts";
import { tracing } from "./tracing.ts";

type Changes = Partial<Omit<TracingSpec, "provider">> & { readonly provider?: Partial<TracingSpec["provider"]> };

function trace({ provider, ...rest }: Changes = {}, compatible = false) {
  const full = { type: "OpenTelemetry" as const, host: "otel.example.com", port: 4317, ...provider };
  const spec = { logging: { level: {} }, telemetry: { tracing: { ...rest, provider: full } } };
  const feature = tracing(compatible);
  const outcome = feature.proxyField?.translate(spec, {}, proxySite);
  return {
    spans: feature.connectionManager?.({}, outcome?.parts ?? {}, {}).tracing,
    clusters: feature.listenerClusters?.(outcome?.parts ?? {}),
    problems: outcome?.problems.map(({ message }) => message),
  };
}

function configOf(changes: Changes, compatible?: boolean): unknown {
  const { name, typedConfig } = trace(changes, compatible).spans?.provider ?? {};
  const { "@type": _type, ...config } = { "@type": "", ...typedConfig };
  return [name, config];
}

describe("tracing", () => {
  it("sends all spans to a collector, in the name of the Gateway", () => {
    const { spans, clusters } = trace();
    const { provider, ...rest } = spans ?? {};
    assert.deepEqual(rest, {
      clientSampling: { value: 0 },
      randomSampling: { value: 100 },
      overallSampling: { value: 100 },
      spawnUpstreamSpan: true,
    });
    assert.deepEqual(configOf({}), [
      "envoy.tracers.opentelemetry",
      {
        grpcService: { envoyGrpc: { clusterName: "tracing", authority: "otel.example.com" } },
        serviceName: "eg.default",
      },
    ]);
    assert.deepEqual(clusters, ["tracing"]);
  });

  it("samples shares of the requests; with a sampler, that one decides", () => {
    const shares = (changes: Changes) => {
      const { clientSampling, randomSampling, overallSampling } = trace(changes).spans ?? {};
      return [clientSampling?.value, randomSampling?.value, overallSampling?.value];
    };
    const half = { numerator: 1, denominator: 2 };
    assert.deepEqual(shares({ samplingRate: 5 }), [0, 5, 100]);
    assert.deepEqual(shares({ samplingFraction: { numerator: 1, denominator: 1000 } }), [0, 0.1, 100]);
    assert.deepEqual(shares({ clientSamplingFraction: half, overallSamplingFraction: half }), [50, 100, 50]);
    const sampler = { type: "AlwaysOn" } as const;
    assert.deepEqual(shares({ samplingRate: 5, provider: { openTelemetry: { sampler } } }), [0, 100, 100]);
  });

  it("has the samplers of OpenTelemetry", () => {
    const samplerOf = (sampler: NonNullable<NonNullable<TracingSpec["provider"]["openTelemetry"]>["sampler"]>) =>
      JSON.stringify(configOf({ provider: { openTelemetry: { sampler } } }));
    const quarter = { numerator: 1, denominator: 4 };
    assert.match(samplerOf({ type: "AlwaysOn" }), /"sampler":\{"name":"[\w.]+\.always_on"/);
    assert.match(samplerOf({ type: "AlwaysOff" }), /\.trace_id_ratio_based".*"numerator":0/);
    const ratio = /\.trace_id_ratio_based".*"numerator":250000,"denominator":"MILLION"/;
    assert.match(samplerOf({ type: "TraceIdRatio", samplingPercentage: quarter }), ratio);
    const parent = samplerOf({ type: "ParentBasedTraceIdRatio", samplingPercentage: quarter });
    assert.match(parent, /"sampler":\{"name":"[\w.]+\.parent_based".*wrappedSampler/);
    assert.match(parent, ratio);
  });

  it("says more about the resource, and who sends", () => {
    const headers = [{ name: "x-token", value: "t" }];
    const text = JSON.stringify(
      configOf({ provider: { serviceName: "shop", openTelemetry: { headers, resourceAttributes: { site: "a" } } } }),
    );
    assert.match(text, /"initialMetadata":\[\{"key":"x-token","value":"t"\}\]/);
    assert.match(text, /"serviceName":"shop".*static_config.*"attributes":\{"site":"a"\}/);
  });

  it("speaks to Zipkin and Datadog by HTTP", () => {
    const zipkin = {
      collectorCluster: "tracing",
      collectorEndpoint: "/api/v2/spans",
      collectorEndpointVersion: "HTTP_JSON",
      traceId128bit: false,
      sharedSpanContext: true,
    };
    const provider = { type: "Zipkin", zipkin: { enable128BitTraceId: true, disableSharedSpanContext: true } } as const;
    assert.deepEqual(configOf({ provider: { type: "Zipkin" } }, true), ["envoy.traces.zipkin", zipkin]);
    assert.deepEqual(configOf({ provider }), [
      "envoy.traces.zipkin",
      { ...zipkin, traceId128bit: true, sharedSpanContext: false, collectorHostname: "otel.example.com" },
    ]);
    assert.deepEqual(configOf({ provider: { type: "Datadog" } }), [
      "envoy.tracers.datadog",
      { collectorCluster: "tracing", serviceName: "eg.default", collectorHostname: "otel.example.com" },
    ]);
  });

  it("names and tags spans", () => {
    const { spans } = trace({
      spanName: { client: "in %PATH%", server: "out" },
      tags: { b: "%PROTOCOL%", d: "new" },
      customTags: {
        d: { type: "Literal", literal: { value: "old" } },
        c: { type: "Environment", environment: { name: "HOME", defaultValue: "-" } },
        a: { type: "RequestHeader", requestHeader: { name: "x-a" } },
      },
    });
    assert.deepEqual([spans?.operation, spans?.upstreamOperation], ["in %PATH%", "out"]);
    assert.deepEqual(spans?.customTags, [
      { tag: "a", requestHeader: { name: "x-a" } },
      { tag: "b", value: "%PROTOCOL%" },
      { tag: "c", environment: { name: "HOME", defaultValue: "-" } },
      { tag: "d", value: "new" },
    ]);
  });

  it("with mistakes is none, and says what is wrong where", () => {
    const { spans, problems } = trace({ tags: { a: "100%" }, spanName: { server: "%NOPE%", client: "" } });
    assert.equal(spans, undefined);
    assert.deepEqual(
      problems?.map((message) => message.slice(0, message.indexOf(": "))),
      ["spec.telemetry.tracing.spanName.server", "spec.telemetry.tracing.tags.a"],
    );
    assert.deepEqual(trace({ provider: { host: "missing" } }).problems, [
      "spec.telemetry.tracing.provider: missing does not exist",
    ]);
  });
});
