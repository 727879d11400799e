/** How the proxy connects to a backend: what BackendTrafficPolicy has for routes, for the servers that policies and telemetry name. */
import { http2Settings } from "../../features/http2/schema.ts";
import { tcpKeepalive } from "../../features/tcp-keepalive/schema.ts";
import { duration } from "../gateway/names.ts";
import type { ValueOf } from "../schema/schema.ts";
import { boolean, choice, integer, list, object, optional } from "../schema/vocabulary.ts";
import { fraction } from "./fraction.ts";
import { healthCheck } from "./health-check.ts";
import { loadBalancer } from "./load-balancer.ts";
import { byteQuantity } from "./quantity.ts";

function limit(description: string) {
  return integer(description, { default: 1024, format: "int64", minimum: 0, maximum: 4294967295 });
}

const circuitBreaker = object("Limits above which requests are refused.", {
  maxConnections: limit("Connections to the backend."),
  maxParallelRequests: limit("Requests under way."),
  maxParallelRetries: limit("Retries under way."),
  maxPendingRequests: limit("Requests that wait for a connection."),
  maxRequestsPerConnection: optional(
    integer("Requests after which a connection is closed.", { format: "int64", minimum: 0, maximum: 4294967295 }),
  ),
  perEndpoint: optional(
    object("Limits for each endpoint.", {
      maxConnections: limit("Connections to the endpoint."),
    }),
  ),
  retryBudget: optional(
    object("A limit of retries that grows with the traffic; takes the place of maxParallelRetries.", {
      minRetryConcurrency: optional(integer("Retries that are always allowed.", { format: "int32" })),
      percent: fraction("Share of the requests under way that may be retries."),
    }),
  ),
});

const connection = object("Buffers and connections made ahead.", {
  bufferLimit: optional(byteQuantity("Bytes that the proxy buffers for a connection; 32Ki where it is left out.")),
  preconnect: optional(
    object("Connections made before a request needs them.", {
      perEndpointPercent: optional(
        integer("Connections kept per endpoint, in percent of its requests.", { format: "int32", minimum: 100, maximum: 300 }),
      ),
      predictivePercent: optional(
        integer("Connections kept ahead over all endpoints, in percent of the requests; for RoundRobin and Random.", {
          format: "int32",
          minimum: 100,
        }),
      ),
    }),
  ),
  socketBufferLimit: optional(byteQuantity("Size of the socket's buffers in bytes.")),
});

const dns = object("How host names of the backend are resolved.", {
  dnsRefreshRate: optional(duration("Time between look-ups.")),
  lookupFamily: optional(
    choice("Which addresses are asked for.", ["IPv4", "IPv6", "IPv4Preferred", "IPv6Preferred", "IPv4AndIPv6"]),
  ),
  respectDnsTtl: optional(boolean("The lifetime in the DNS answer sets the time of the next look-up.")),
});

const retryTriggers = [
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "retriable-4xx",
  "refused-stream",
  "retriable-status-codes",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
] as const;

const retry = object("When and how often a request is tried again.", {
  numAttemptsPerPriority: optional(integer("Tries before the next priority is used.", { format: "int32" })),
  numRetries: integer("Tries after the first.", { default: 2, format: "int32", minimum: 0 }),
  perRetry: optional(
    object("Each try.", {
      backOff: optional(
        object("Time between tries.", {
          baseInterval: optional(duration("The first pause; the following ones grow.")),
          maxInterval: optional(duration("The longest pause.")),
        }),
      ),
      timeout: optional(duration("Time for one try.")),
    }),
  ),
  retryOn: optional(
    object("What leads to another try.", {
      httpStatusCodes: optional(list("Status codes.", integer("A status code.", { minimum: 100, maximum: 599 }))),
      triggers: optional(list("Failures.", choice("A failure, in Envoy's words.", retryTriggers))),
    }),
  ),
});

const timeout = object("Time limits.", {
  http: optional(
    object("Of HTTP.", {
      connectionIdleTimeout: optional(duration("An idle connection is closed after so long.")),
      maxConnectionDuration: optional(duration("A connection is closed after so long.")),
      maxStreamDuration: optional(duration("A stream is ended after so long.")),
      requestTimeout: optional(duration("The whole answer must be there after so long.")),
      streamIdleTimeout: optional(duration("An idle stream is ended after so long.")),
    }),
  ),
  tcp: optional(object("Of TCP.", { connectTimeout: optional(duration("The connection must be made after so long.")) })),
});

/** The fields of ClusterSettings. */
const fields = {
  circuitBreaker: optional(circuitBreaker),
  connection: optional(connection),
  dns: optional(dns),
  healthCheck: optional(healthCheck),
  http2: optional(http2Settings("HTTP/2 towards the backend.")),
  loadBalancer: optional(loadBalancer),
  proxyProtocol: optional(
    object("The client's address is passed on by the PROXY protocol.", {
      version: choice("Version of the protocol.", ["V1", "V2"]),
    }),
  ),
  retry: optional(retry),
  tcpKeepalive: optional(tcpKeepalive),
  timeout: optional(timeout),
};

/** A node with all settings of connections to a backend. */
export function clusterSettings(description: string) {
  return object(description, fields, {
    rules: [
      {
        rule:
          "!((has(self.connection) && has(self.connection.preconnect) && has(self.connection.preconnect.predictivePercent))" +
          " && !(has(self.loadBalancer) && has(self.loadBalancer.type) && self.loadBalancer.type in ['Random', 'RoundRobin']))",
        message: "predictivePercent in preconnect policy only works with RoundRobin or Random load balancers",
      },
    ],
  });
}

/** Settings of connections to a backend. */
export type ClusterSettings = ValueOf<ReturnType<typeof clusterSettings>>;
