/**
 * How the values that users give to headers reach Envoy, which reads `%...%` in them as commands of its access log format.
 * `literal`: a value is text, whatever it holds. `commands`: commands that tell about the request and the connection work,
 * as in Envoy Gateway; all else is text.
 */
export type HeaderValueReading = "literal" | "commands";

/**
 * `value` as Envoy must get it, so that a `%` that starts no allowed command stands for itself.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#format-strings
 */
export function escapeFormat(value: string, reading: HeaderValueReading): string {
  if (reading === "literal") return value.replaceAll("%", "%%");
  return value.replaceAll(percent, (found, command: string | undefined) =>
    command !== undefined && allowed.has(command) ? found : escaped(found),
  );
}

/** An escaped `%`, a whole command with its name as first group, or a `%` that begins neither. */
const percent = /%%|%([A-Z][A-Z0-9_]*)(?:\([^()%]*\))?(?::\d+)?%|%/g;

function escaped(found: string): string {
  return found === "%%" ? found : found.replaceAll("%", "%%");
}

/**
 * What a route's author may learn: the request, the response, the connection, the upstream. Not among them: commands that
 * read the proxy itself, such as ENVIRONMENT and FILE_CONTENT, and metadata and filter state, which filters put secrets into.
 */
const allowed: ReadonlySet<string> = new Set([
  "REQ",
  "REQ_WITHOUT_QUERY",
  "RESP",
  "TRAILER",
  "START_TIME",
  "DURATION",
  "PROTOCOL",
  "PATH",
  "QUERY_PARAM",
  "QUERY_PARAMS",
  "STREAM_ID",
  "UNIQUE_ID",
  "HOSTNAME",
  "ROUTE_NAME",
  "VIRTUAL_CLUSTER_NAME",
  "RESPONSE_CODE",
  "RESPONSE_CODE_DETAILS",
  "RESPONSE_FLAGS",
  "RESPONSE_FLAGS_LONG",
  "REQUESTED_SERVER_NAME",
  "CONNECTION_ID",
  "DOWNSTREAM_REMOTE_ADDRESS",
  "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_REMOTE_PORT",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_DIRECT_REMOTE_PORT",
  "DOWNSTREAM_LOCAL_ADDRESS",
  "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_LOCAL_PORT",
  "DOWNSTREAM_TLS_VERSION",
  "DOWNSTREAM_TLS_CIPHER",
  "DOWNSTREAM_PEER_URI_SAN",
  "DOWNSTREAM_PEER_DNS_SAN",
  "DOWNSTREAM_PEER_SUBJECT",
  "DOWNSTREAM_PEER_ISSUER",
  "DOWNSTREAM_PEER_SERIAL",
  "DOWNSTREAM_PEER_FINGERPRINT_256",
  "DOWNSTREAM_PEER_FINGERPRINT_1",
  "DOWNSTREAM_PEER_CERT",
  "DOWNSTREAM_PEER_CERT_V_START",
  "DOWNSTREAM_PEER_CERT_V_END",
  "DOWNSTREAM_LOCAL_URI_SAN",
  "DOWNSTREAM_LOCAL_SUBJECT",
  "UPSTREAM_HOST",
  "UPSTREAM_CLUSTER",
  "UPSTREAM_LOCAL_ADDRESS",
  "UPSTREAM_REMOTE_ADDRESS",
  "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
  "UPSTREAM_REMOTE_PORT",
  "UPSTREAM_TRANSPORT_FAILURE_REASON",
]);
