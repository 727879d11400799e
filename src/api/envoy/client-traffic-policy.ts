/** ClientTrafficPolicy, gateway.envoyproxy.io/v1alpha1: how the proxies deal with clients. */
import { forwardedClientCertificate } from "../../features/client-certificate-header/schema.ts";
import { clientConnection } from "../../features/client-connection/schema.ts";
import { clientIpDetection } from "../../features/client-ip/schema.ts";
import { clientTimeout } from "../../features/client-timeouts/schema.ts";
import { headerMutations } from "../../features/header-mutation/schema.ts";
import { healthEndpoint } from "../../features/health-endpoint/schema.ts";
import { http1Settings } from "../../features/http1/schema.ts";
import { http2Settings } from "../../features/http2/schema.ts";
import { pathSettings } from "../../features/path-normalization/schema.ts";
import { clientProxyProtocol } from "../../features/proxy-protocol/schema.ts";
import { tcpKeepalive } from "../../features/tcp-keepalive/schema.ts";
import { policyStatus } from "../gateway/policy.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { boolean, choice, object, optional } from "../schema/vocabulary.ts";
import { clientTls } from "./client-tls.ts";
import { targetFields, targetRules } from "./policy-targets.ts";

const headers = object(
  "Headers.",
  {
    disableRateLimitHeaders: optional(boolean("Answers do not tell what is left of rate limits (x-ratelimit-*).")),
    earlyRequestHeaders: optional(headerMutations("Changes to requests before they are matched.")),
    enableEnvoyHeaders: optional(boolean("Envoy's own headers (x-envoy-*) are added to requests and answers.")),
    host: optional(object("The host of requests.", { stripTrailingHostDot: optional(boolean("A dot at its end is left out.")) })),
    lateResponseHeaders: optional(headerMutations("Changes to answers after everything else.")),
    preserveXRequestID: optional(boolean("Deprecated: `true` is requestID PreserveOrGenerate.")),
    requestID: optional(
      choice(
        "What becomes of x-request-id: kept or made where it is missing, just kept, always made anew (the default), or left alone.",
        ["PreserveOrGenerate", "Preserve", "Generate", "Disable"],
      ),
    ),
    withUnderscoresAction: optional(
      choice("What becomes of requests with headers whose names have underscores; RejectRequest where left out.", [
        "Allow",
        "RejectRequest",
        "DropHeader",
      ]),
    ),
    xForwardedClientCert: optional(forwardedClientCertificate),
  },
  {
    rules: [
      {
        message: "preserveXRequestID and requestID cannot both be set.",
        rule: "!(has(self.preserveXRequestID) && has(self.requestID))",
      },
    ],
  },
);

const spec = object(
  "What the policy is attached to, and what it sets.",
  {
    ...targetFields,
    clientIPDetection: optional(clientIpDetection),
    connection: optional(clientConnection),
    enableProxyProtocol: optional(boolean("Deprecated: use proxyProtocol.")),
    grpc: optional(
      object("gRPC.", {
        enableWeb: optional(
          boolean("Browsers can call by gRPC-Web; where there are GRPCRoutes they can where this is left out."),
        ),
      }),
    ),
    headers: optional(headers),
    healthCheck: optional(healthEndpoint),
    http1: optional(http1Settings),
    http2: optional(http2Settings("HTTP/2.")),
    http3: optional(object("HTTP/3 is offered beside HTTP/1 and HTTP/2, on the UDP port of the same number.", {})),
    path: optional(pathSettings),
    proxyProtocol: optional(clientProxyProtocol),
    scheme: optional(
      choice("The scheme that backends are told: that of the client, or that by which they are spoken to.", [
        "Preserve",
        "MatchBackend",
      ]),
    ),
    tcpKeepalive: optional(tcpKeepalive),
    timeout: optional(clientTimeout),
    tls: optional(clientTls),
  },
  { rules: targetRules(["Gateway", "ListenerSet"]) },
);

/** The kind ClientTrafficPolicy. */
export const clientTrafficPolicy = defineKind({
  group: "gateway.envoyproxy.io",
  versions: [{ name: "v1alpha1", storage: true }],
  kind: "ClientTrafficPolicy",
  plural: "clienttrafficpolicies",
  shortNames: ["ctp"],
  categories: ["envoy-gateway"],
  scope: "Namespaced",
  printerColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
  description: "How the listeners of a Gateway or ListenerSet deal with clients.",
  fields: { spec, status: optional(policyStatus) },
});

/** An admitted ClientTrafficPolicy. */
export type ClientTrafficPolicy = ObjectOf<typeof clientTrafficPolicy>;

/** What a ClientTrafficPolicy says. */
export type ClientTrafficSpec = ClientTrafficPolicy["spec"];
