/** A server of telemetry on loopback: OTLP (logs, spans, metrics) and Envoy's access log service, by grpc-js. */
import type { JsonValue } from "@bufbuild/protobuf";
import { type MethodDefinition, Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import type { TestCertificate } from "../builders/certificates.ts";
import { decodeJson, encodeJson } from "../xds/messages.ts";

/** What came so far. */
export interface TelemetryServer {
  readonly port: number;
  /** The port for connections with TLS. */
  readonly securePort: number;
  /** Requests by kind, in protobuf JSON, with the headers of their calls. */
  readonly received: Readonly<Record<Kind, readonly Received[]>>;
  stop(): void;
}

/** A message of a client. */
export interface Received {
  readonly message: JsonValue;
  /** `:authority` and what was set for the export. */
  readonly host: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

type Kind = "logs" | "spans" | "metrics" | "entries";

const collector = "opentelemetry.proto.collector";

const services: Readonly<Record<Kind, readonly [service: string, method: string, request: string, response: string]>> = {
  logs: [`${collector}.logs.v1.LogsService`, "Export", "ExportLogsServiceRequest", "ExportLogsServiceResponse"],
  spans: [`${collector}.trace.v1.TraceService`, "Export", "ExportTraceServiceRequest", "ExportTraceServiceResponse"],
  metrics: [`${collector}.metrics.v1.MetricsService`, "Export", "ExportMetricsServiceRequest", "ExportMetricsServiceResponse"],
  entries: [
    "envoy.service.accesslog.v3.AccessLogService",
    "StreamAccessLogs",
    "StreamAccessLogsMessage",
    "StreamAccessLogsResponse",
  ],
};

/** Starts a server on two free ports of the loopback interface. */
export async function startTelemetryServer({ certificate, key }: TestCertificate): Promise<TelemetryServer> {
  const received: Record<Kind, Received[]> = { logs: [], spans: [], metrics: [], entries: [] };
  const server = new Server();
  for (const kind of ["logs", "spans", "metrics", "entries"] as const) addService(server, kind, received[kind]);
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const port = await listen(server, ServerCredentials.createInsecure());
  const securePort = await listen(server, ServerCredentials.createSsl(null, [pair]));
  return { port, securePort, received, stop: () => server.forceShutdown() };
}

function listen(server: Server, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
}

function addService(server: Server, kind: Kind, received: Received[]): void {
  const [service, method, request, response] = services[kind];
  const inPackage = (name: string) => `${service.slice(0, service.lastIndexOf("."))}.${name}`;
  const definition: MethodDefinition<JsonValue, JsonValue> = {
    path: `/${service}/${method}`,
    requestStream: kind === "entries",
    responseStream: false,
    requestSerialize: (message) => Buffer.from(encodeJson(inPackage(request), message)),
    requestDeserialize: (bytes) => decodeJson(inPackage(request), bytes),
    responseSerialize: (message) => Buffer.from(encodeJson(inPackage(response), message)),
    responseDeserialize: (bytes) => decodeJson(inPackage(response), bytes),
  };
  const definitions: ServiceDefinition = { [method]: definition };
  if (kind === "entries") {
    server.addService(definitions, {
      [method]: (call: StreamedCall) => {
        call.on("data", (message: JsonValue) => received.push({ message, ...contextOf(call) }));
        call.on("error", () => {});
      },
    });
    return;
  }
  server.addService(definitions, {
    [method]: (call: UnaryCall, answer: (error: null, message: JsonValue) => void) => {
      received.push({ message: call.request, ...contextOf(call) });
      answer(null, {});
    },
  });
}

/** What is used of grpc-js's calls. */
interface Call {
  readonly metadata: { getMap(): Record<string, unknown> };
  getHost(): string;
}

interface UnaryCall extends Call {
  readonly request: JsonValue;
}

interface StreamedCall extends Call {
  on(event: string, listener: (message: JsonValue) => void): void;
}

function contextOf(call: Call): Pick<Received, "host" | "headers"> {
  return { host: call.getHost(), headers: call.metadata.getMap() };
}
