import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import { backendObjectRef } from "../../../test/builders/objects.ts";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { accessLog } from "./access-log.ts";

type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;
type Setting = NonNullable<AccessLogSpec["settings"]>[number];
type Sink = Setting["sinks"][number];

function translate(...settings: readonly Setting[]) {
  const spec: EnvoyProxySpec = { logging: { level: {} }, telemetry: { accessLog: { settings: [...settings] } } };
  const outcome = accessLog.proxyField?.translate(spec, {}, proxySite) ?? { parts: {}, problems: [] };
  const manager = accessLog.connectionManager?.({}, outcome.parts, {});
  return { ...outcome, logs: manager?.accessLog ?? [], clusters: accessLog.listenerClusters?.(outcome.parts) };
}

const backendRefs = [backendObjectRef("collector")];

function als(changes: Partial<NonNullable<Sink["als"]>> = {}): Sink {
  return { type: "ALS", als: { backendRefs, type: "HTTP", ...changes } };
}

function otel(changes: Partial<NonNullable<Sink["openTelemetry"]>> = {}): Sink {
  return { type: "OpenTelemetry", openTelemetry: { host: "otel.example.com", port: 4317, ...changes } };
}

function configOf(log: AccessLogJson | undefined): unknown {
  const { "@type": type, ...config } = { "@type": "", ...log?.typedConfig };
  return [log?.name, type?.split(".").at(-1), config];
}

describe("access log servers", () => {
  it("get entries about requests, with more headers, or about connections", () => {
    const http = { requestHeaders: ["a"], responseHeaders: ["b"], responseTrailers: ["c"] };
    const { logs, clusters } = translate({ sinks: [als({ http, logName: "requests" }), als({ type: "TCP" })] });
    const common = (logName: string, clusterName: string) => ({
      logName,
      grpcService: { envoyGrpc: { clusterName } },
      transportApiVersion: "V3",
    });
    assert.deepEqual(logs.map(configOf), [
      [
        "envoy.access_loggers.http_grpc",
        "HttpGrpcAccessLogConfig",
        {
          commonConfig: common("requests", "accesslog_als_0_0"),
          additionalRequestHeadersToLog: ["a"],
          additionalResponseHeadersToLog: ["b"],
          additionalResponseTrailersToLog: ["c"],
        },
      ],
      ["envoy.access_loggers.tcp_grpc", "TcpGrpcAccessLogConfig", { commonConfig: common("infra/proxy", "accesslog_als_0_1") }],
    ]);
    assert.deepEqual(clusters, ["accesslog_als_0_0", "accesslog_als_0_1"]);
  });

  it("get OpenTelemetry records: text is the body, JSON the attributes, and the resource is told apart", () => {
    const headers = [{ name: "x-token", value: "t" }];
    const format = { text: "%REQ_WITHOUT_QUERY(:PATH)%", json: { b: "%PROTOCOL%", a: "1" } };
    const { logs } = translate({ format, sinks: [otel({ headers, resourceAttributes: { z: "1", y: "2" } })] });
    const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const [name, type, config] = configOf(logs[0]) as [string, string, Record<string, unknown>];
    assert.deepEqual([name, type], ["envoy.access_loggers.open_telemetry", "OpenTelemetryAccessLogConfig"]);
    const { formatters, ...rest } = config;
    assert.match(JSON.stringify(formatters), /envoy\.formatter\.req_without_query/);
    assert.deepEqual(rest, {
      commonConfig: {
        logName: "otel_envoy_accesslog",
        grpcService: {
          envoyGrpc: { clusterName: "accesslog_otel_0_0", authority: "otel.example.com" },
          initialMetadata: [{ key: "x-token", value: "t" }],
        },
        transportApiVersion: "V3",
      },
      body: { stringValue: format.text },
      attributes: {
        values: [
          attribute("k8s.namespace.name", "%ENVIRONMENT(ENVOY_POD_NAMESPACE)%"),
          attribute("k8s.pod.name", "%ENVIRONMENT(ENVOY_POD_NAME)%"),
          attribute("a", "1"),
          attribute("b", "%PROTOCOL%"),
        ],
      },
      resourceAttributes: { values: [attribute("y", "2"), attribute("z", "1")] },
    });
  });

  it("get the default attributes where no format is given, and none besides a text", () => {
    const { logs } = translate(
      { sinks: [otel()] },
      { format: { type: "Text", text: "a" }, sinks: [otel({ resources: { z: "1" } })] },
    );
    const [plain, text] = logs.map((log) => JSON.stringify(log));
    assert.match(plain ?? "", /start_time/);
    assert.doesNotMatch(plain ?? "", /"body"|resourceAttributes/);
    assert.match(text ?? "", /"body":\{"stringValue":"a"\}.*"key":"z"/);
    assert.doesNotMatch(text ?? "", /start_time/);
  });

  it("come after files, whatever the order in which they are written", () => {
    const file: Sink = { type: "File", file: {} };
    const { logs } = translate({ sinks: [otel(), als(), file] }, { format: { text: "a" }, sinks: [file] });
    assert.deepEqual(
      logs.map(({ name }) => name?.split(".").at(-1)),
      ["file", "file", "http_grpc", "open_telemetry"],
    );
    assert.match(JSON.stringify(logs[0]), /textFormatSource/);
  });

  it("that do not exist keep everything from being logged, and are told", () => {
    const { logs, problems, clusters } = translate({ sinks: [otel(), otel({ host: "missing" })] });
    assert.deepEqual([logs, clusters], [[], []]);
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["spec.telemetry.accessLog.settings[0].sinks[1].openTelemetry: missing does not exist"],
    );
  });
});
