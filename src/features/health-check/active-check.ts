/** Active health checks. Source: Envoy Gateway v1.9, healthcheck_types.go; envoy/config/core/v3/health_check.proto. */
import type {
  HealthCheck_HttpHealthCheckJson,
  HealthCheck_PayloadJson,
  HealthCheckJson,
} from "#envoy/envoy/config/core/v3/health_check_pb";
import type { Int64RangeJson } from "#envoy/envoy/type/v3/range_pb";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { durationJson } from "../proto-duration.ts";

/** An active check as users write it. */
export type ActiveCheck = NonNullable<NonNullable<ClusterSettings["healthCheck"]>["active"]>;
type HttpCheck = NonNullable<ActiveCheck["http"]>;
type Payload = NonNullable<HttpCheck["expectedResponse"]>;

/** How Envoy asks endpoints whether they are well. */
export function envoyCheck(check: ActiveCheck): HealthCheckJson {
  const { interval, timeout, initialJitter, healthyThreshold, unhealthyThreshold } = check;
  return {
    interval: durationJson(durationMs(interval)),
    timeout: durationJson(durationMs(timeout)),
    ...(initialJitter !== undefined && { initialJitter: durationJson(durationMs(initialJitter)) }),
    healthyThreshold,
    unhealthyThreshold,
    ...question(check),
  };
}

/** The longest time that the first check of an endpoint takes, in milliseconds. */
export function firstCheckMs({ timeout, initialJitter }: ActiveCheck): number {
  return durationMs(timeout) + (initialJitter === undefined ? 0 : durationMs(initialJitter));
}

function question({ type, http, tcp, grpc }: ActiveCheck): HealthCheckJson {
  if (type === "HTTP") return http === undefined ? {} : { httpHealthCheck: httpCheck(http) };
  if (type === "GRPC") return { grpcHealthCheck: grpc?.service === undefined ? {} : { serviceName: grpc.service } };
  const { send, receive } = tcp ?? {};
  return { tcpHealthCheck: { ...(send && { send: payload(send) }), ...(receive && { receive: [payload(receive)] }) } };
}

function httpCheck(check: HttpCheck): HealthCheck_HttpHealthCheckJson {
  const {
    path,
    hostname,
    method = "GET",
    expectedStatuses = [200],
    retriableStatuses = [],
    requestBody,
    expectedResponse,
  } = check;
  return {
    path,
    ...(hostname !== undefined && { host: hostname }),
    // Written so by users, in whatever case.
    method: method.toUpperCase() as NonNullable<HealthCheck_HttpHealthCheckJson["method"]>,
    expectedStatuses: ranges(expectedStatuses),
    ...(retriableStatuses.length > 0 && { retriableStatuses: ranges(retriableStatuses) }),
    ...(requestBody && { send: payload(requestBody) }),
    ...(expectedResponse && { receive: [payload(expectedResponse)] }),
  };
}

/** Statuses as ranges without their ends, those in a row as one. */
function ranges(statuses: readonly number[]): Int64RangeJson[] {
  const found: { start: number; end: number }[] = [];
  for (const status of new Set([...statuses].sort((a, b) => a - b))) {
    const last = found.at(-1);
    if (last?.end === status) last.end = status + 1;
    else found.push({ start: status, end: status + 1 });
  }
  return found.map(({ start, end }) => ({ start: `${start}`, end: `${end}` }));
}

/** Envoy wants text as hexadecimal digits. */
function payload({ text, binary = "" }: Payload): HealthCheck_PayloadJson {
  return text === undefined ? { binary } : { text: Buffer.from(text, "utf8").toString("hex") };
}
