import type { AccessLogJson } from "#envoy/envoy/config/accesslog/v3/accesslog_pb";
import { typed } from "../codec/any.ts";

/** One JSON line for each request on the proxy's standard output: the default of Envoy Gateway, field by field. */
export const defaultAccessLog: AccessLogJson = {
  name: "envoy.access_loggers.file",
  typedConfig: typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", {
    path: "/dev/stdout",
    logFormat: {
      jsonFormat: {
        start_time: "%START_TIME%",
        method: "%REQ(:METHOD)%",
        "x-envoy-origin-path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        protocol: "%PROTOCOL%",
        response_code: "%RESPONSE_CODE%",
        response_flags: "%RESPONSE_FLAGS%",
        response_code_details: "%RESPONSE_CODE_DETAILS%",
        connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
        upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        bytes_received: "%BYTES_RECEIVED%",
        bytes_sent: "%BYTES_SENT%",
        duration: "%DURATION%",
        "x-envoy-upstream-service-time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
        "x-forwarded-for": "%REQ(X-FORWARDED-FOR)%",
        "user-agent": "%REQ(USER-AGENT)%",
        "x-request-id": "%REQ(X-REQUEST-ID)%",
        ":authority": "%REQ(:AUTHORITY)%",
        upstream_host: "%UPSTREAM_HOST%",
        upstream_cluster: "%UPSTREAM_CLUSTER%",
        upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
        downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
        downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
        requested_server_name: "%REQUESTED_SERVER_NAME%",
        route_name: "%ROUTE_NAME%",
      },
    },
  }),
};

/** `log` for connections that never became a request: no filter chain took them. */
export function ofRefusedConnections(log: AccessLogJson): AccessLogJson {
  return { ...log, filter: { responseFlagFilter: { flags: ["NR"] } } };
}
