import type { ClusterField } from "../gatewayapi/cluster-field.ts";
import type { ListenerField } from "../gatewayapi/listener-field.ts";
import type { ProxyField } from "../gatewayapi/proxy-field.ts";
import type { ExtensionField, RouteFilter, RuleField } from "../gatewayapi/route-filter.ts";
import { accessLog } from "./access-log/access-log.ts";
import { circuitBreaker } from "./circuit-breaker/circuit-breaker.ts";
import { clientCertificateHeader } from "./client-certificate-header/client-certificate-header.ts";
import { clientConnection } from "./client-connection/client-connection.ts";
import { clientHeaders } from "./client-headers/client-headers.ts";
import { clientIp } from "./client-ip/client-ip.ts";
import { clientTimeouts } from "./client-timeouts/client-timeouts.ts";
import { connection } from "./connection/connection.ts";
import { connectionTimeouts } from "./connection-timeouts/connection-timeouts.ts";
import { cookieMatch } from "./cookie-match/cookie-match.ts";
import { cors } from "./cors/cors.ts";
import { credentialInjection } from "./credential-injection/credential-injection.ts";
import { directResponse } from "./direct-response/direct-response.ts";
import { dns } from "./dns/dns.ts";
import { dynamicResolver } from "./dynamic-resolver/dynamic-resolver.ts";
import type { Feature } from "./feature.ts";
import { filterOrder } from "./filter-order/filter-order.ts";
import { grpcDeadline } from "./grpc-deadline/grpc-deadline.ts";
import { grpcStats } from "./grpc-stats/grpc-stats.ts";
import { grpcWeb } from "./grpc-web/grpc-web.ts";
import { headerModifier } from "./header-modifier/feature.ts";
import { headerMutation } from "./header-mutation/header-mutation.ts";
import { healthCheck } from "./health-check/health-check.ts";
import { healthEndpoint } from "./health-endpoint/health-endpoint.ts";
import { http1 } from "./http1/http1.ts";
import { clientHttp2 } from "./http2/client-http2.ts";
import { http2 } from "./http2/http2.ts";
import { http3 } from "./http3/http3.ts";
import { loadBalancer } from "./load-balancer/load-balancer.ts";
import { mirror } from "./mirror/mirror.ts";
import { pathNormalization } from "./path-normalization/path-normalization.ts";
import { proxyMetrics } from "./proxy-metrics/proxy-metrics.ts";
import { clientProxyProtocol } from "./proxy-protocol/client-proxy-protocol.ts";
import { proxyProtocol } from "./proxy-protocol/proxy-protocol.ts";
import { redirect } from "./redirect/redirect.ts";
import { clientRequestId } from "./request-id/client-request-id.ts";
import { requestId } from "./request-id/request-id.ts";
import { requiredCertificate } from "./required-certificate/required-certificate.ts";
import { retries } from "./retries/retries.ts";
import { scheme } from "./scheme/scheme.ts";
import { sessionPersistence } from "./session-persistence/session-persistence.ts";
import { clientTcpKeepalive } from "./tcp-keepalive/client-tcp-keepalive.ts";
import { tcpKeepalive } from "./tcp-keepalive/tcp-keepalive.ts";
import { timeouts } from "./timeouts/timeouts.ts";
import { tlsFingerprints } from "./tls-fingerprints/tls-fingerprints.ts";
import { tracing } from "./tracing/tracing.ts";
import { urlRewrite } from "./url-rewrite/url-rewrite.ts";

/** What is decided by configuration about features as a whole. */
export interface FeatureOptions {
  /**
   * Does also what Envoy Gateway v1.9 does where we would rather not, for users who rely on it: commands of Envoy's log format
   * work in header values, a rewrite of the prefix `/` joins without a slash, sessions are named by the position of their rule,
   * and backends of type DynamicResolver judge hosts by how they are written.
   */
  readonly compatible: boolean;
}

/**
 * Everything that a gateway can do beyond matching and forwarding, in the order in which it is applied to an Envoy route. It is the
 * order of HTTP filters, too.
 */
export function allFeatures({ compatible }: FeatureOptions): readonly Feature[] {
  const reading = compatible ? "commands" : "literal";
  return [
    healthEndpoint,
    accessLog,
    tracing(compatible),
    requestId,
    clientCertificateHeader,
    clientConnection(compatible),
    clientHeaders,
    clientHttp2,
    clientIp,
    clientRequestId,
    clientTcpKeepalive,
    clientTimeouts,
    http1,
    http3,
    pathNormalization,
    requiredCertificate(compatible),
    scheme,
    tlsFingerprints,
    clientProxyProtocol,
    circuitBreaker,
    connection,
    connectionTimeouts,
    dns,
    healthCheck,
    http2,
    loadBalancer,
    tcpKeepalive,
    headerModifier(reading),
    urlRewrite(compatible),
    timeouts,
    retries,
    mirror,
    cors,
    headerMutation(reading),
    sessionPersistence(compatible),
    cookieMatch,
    redirect(compatible),
    directResponse(reading),
    proxyMetrics(compatible),
    proxyProtocol,
    grpcDeadline,
    grpcWeb,
    grpcStats,
    dynamicResolver(compatible),
    credentialInjection,
    filterOrder,
  ];
}

/** The HTTPRoute filters that features bring. */
export function routeFiltersOf(features: readonly Feature[]): readonly RouteFilter[] {
  return features.flatMap((feature) => feature.routeFilters ?? []);
}

/** The other fields of HTTPRoute rules that features bring. */
export function ruleFieldsOf(features: readonly Feature[]): readonly RuleField[] {
  return features.flatMap((feature) => feature.ruleFields ?? []);
}

/** The fields of HTTPRouteFilter objects that features bring. */
export function extensionFieldsOf(features: readonly Feature[]): readonly ExtensionField[] {
  return features.flatMap((feature) => feature.extensionFields ?? []);
}

/** The fields of ClientTrafficPolicies that features bring. */
export function listenerFieldsOf(features: readonly Feature[]): readonly ListenerField[] {
  return features.flatMap((feature) => feature.listenerField ?? []);
}

/** The fields of EnvoyProxies that features bring. */
export function proxyFieldsOf(features: readonly Feature[]): readonly ProxyField[] {
  return features.flatMap((feature) => feature.proxyField ?? []);
}

/** The settings of connections to backends that features bring. */
export function clusterFieldsOf(features: readonly Feature[]): readonly ClusterField[] {
  return features.flatMap((feature) => feature.clusterField ?? []);
}
