/** Envoy's loggers. Source: envoy/extensions/access_loggers/{file,grpc,open_telemetry}/v3. */
import type { AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import type { CommonGrpcAccessLogConfigJson } from "#envoy/envoy/extensions/access_loggers/grpc/v3/als_pb";
import type { KeyValueListJson } from "#envoy/opentelemetry/proto/common/v1/common_pb";
import { grpcService } from "../grpc-service.ts";
import { typed } from "../typed-config.ts";
import { formattersFor } from "./formatters.ts";
import type { AccessLog, AlsSink, FileSink, Members, OpenTelemetrySink } from "./sinks.ts";

/** The logger of a sink, without filters. */
export function envoyLogger({ sink }: AccessLog): AccessLogJson {
  if (sink.type === "file") return fileLogger(sink);
  return sink.type === "als" ? alsLogger(sink) : openTelemetryLogger(sink);
}

function fileLogger({ path, format }: FileSink): AccessLogJson {
  const formats = format.type === "text" ? [format.text] : Object.values(format.members);
  const logFormat = {
    ...(format.type === "text" ? { textFormatSource: { inlineString: format.text } } : { jsonFormat: { ...format.members } }),
    ...formattersFor(formats),
  };
  return {
    name: "envoy.access_loggers.file",
    typedConfig: typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", { path, logFormat }),
  };
}

function alsLogger({ cluster, logName, entries, requestHeaders, responseHeaders, responseTrailers }: AlsSink): AccessLogJson {
  const commonConfig = grpcConfig(logName, { cluster });
  if (entries === "TCP") {
    return {
      name: "envoy.access_loggers.tcp_grpc",
      typedConfig: typed("envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig", { commonConfig }),
    };
  }
  const config = {
    commonConfig,
    ...(requestHeaders.length > 0 && { additionalRequestHeadersToLog: [...requestHeaders] }),
    ...(responseHeaders.length > 0 && { additionalResponseHeadersToLog: [...responseHeaders] }),
    ...(responseTrailers.length > 0 && { additionalResponseTrailersToLog: [...responseTrailers] }),
  };
  return {
    name: "envoy.access_loggers.http_grpc",
    typedConfig: typed("envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig", config),
  };
}

/** What every record says about the proxy; set in its environment where it runs on Kubernetes. */
const ofProxy = {
  "k8s.namespace.name": "%ENVIRONMENT(ENVOY_POD_NAMESPACE)%",
  "k8s.pod.name": "%ENVIRONMENT(ENVOY_POD_NAME)%",
};

function openTelemetryLogger(sink: OpenTelemetrySink): AccessLogJson {
  const { body, attributes, resourceAttributes } = sink;
  const formats = [...(body === undefined ? [] : [body]), ...Object.values(attributes)];
  const config = {
    commonConfig: grpcConfig("otel_envoy_accesslog", sink),
    attributes: { values: [...keyValues(ofProxy), ...keyValues(attributes)] },
    ...(body !== undefined && { body: { stringValue: body } }),
    ...(Object.keys(resourceAttributes).length > 0 && { resourceAttributes: { values: keyValues(resourceAttributes) } }),
    ...formattersFor(formats),
  };
  return {
    name: "envoy.access_loggers.open_telemetry",
    typedConfig: typed("envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig", config),
  };
}

function keyValues(members: Members): NonNullable<KeyValueListJson["values"]> {
  const sorted = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function grpcConfig(logName: string, server: Parameters<typeof grpcService>[0]): CommonGrpcAccessLogConfigJson {
  return { logName, grpcService: grpcService(server), transportApiVersion: "V3" };
}
