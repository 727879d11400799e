import type { TranslationOptions } from "./options.ts";

/** What it depends on whether a feature is there. */
type Setting = Pick<TranslationOptions, "detectsMisdirected" | "hostInfrastructure">;

/**
 * The features of the Gateway API that classes of this controller have, as its conformance tests call them, sorted.
 * Source: gateway-api v1.6, pkg/features; GEP-2162.
 */
export function supportedFeatures(setting: Setting): readonly string[] {
  return features.filter((feature) => conditional[feature]?.(setting) ?? true);
}

/** The features that are not there under all circumstances. */
const conditional: Readonly<Record<string, (setting: Setting) => boolean>> = {
  GatewayHTTPSListenerDetectMisdirectedRequests: ({ detectsMisdirected = false }) => detectsMisdirected,
  // A process has no labels and annotations, and nobody can say whether the machine is reached at an address.
  GatewayInfrastructurePropagation: ({ hostInfrastructure }) => !hostInfrastructure,
  GatewayStaticAddresses: ({ hostInfrastructure }) => !hostInfrastructure,
};

const features: readonly string[] = [
  "BackendTLSPolicy",
  "BackendTLSPolicySANValidation",
  "GRPCRoute",
  "GRPCRouteNamedRouteRule",
  "Gateway",
  "GatewayAddressEmpty",
  "GatewayBackendClientCertificate",
  "GatewayFrontendClientCertificateValidation",
  "GatewayFrontendClientCertificateValidationInsecureFallback",
  "GatewayHTTPListenerIsolation",
  "GatewayHTTPSListenerDetectMisdirectedRequests",
  "GatewayInfrastructurePropagation",
  "GatewayPort8080",
  "GatewayStaticAddresses",
  "HTTPRoute",
  "HTTPRoute303RedirectStatusCode",
  "HTTPRoute307RedirectStatusCode",
  "HTTPRoute308RedirectStatusCode",
  "HTTPRouteBackendProtocolH2C",
  "HTTPRouteBackendProtocolWebSocket",
  "HTTPRouteBackendRequestHeaderModification",
  "HTTPRouteBackendTimeout",
  "HTTPRouteCORS",
  "HTTPRouteDestinationPortMatching",
  "HTTPRouteHostRewrite",
  "HTTPRouteMethodMatching",
  "HTTPRouteNamedRouteRule",
  "HTTPRouteParentRefPort",
  "HTTPRoutePathRedirect",
  "HTTPRoutePathRewrite",
  "HTTPRoutePortRedirect",
  "HTTPRouteQueryParamMatching",
  "HTTPRouteRequestMirror",
  "HTTPRouteRequestMultipleMirrors",
  "HTTPRouteRequestPercentageMirror",
  "HTTPRouteRequestTimeout",
  "HTTPRouteResponseHeaderModification",
  "HTTPRouteRetry",
  "HTTPRouteRetryBackendTimeout",
  "HTTPRouteRetryConnectionError",
  "HTTPRouteSchemeRedirect",
  "ListenerSet",
  "ReferenceGrant",
  "TCPRoute",
  "TLSRoute",
  "TLSRouteModeMixed",
  "TLSRouteModeTerminate",
  "UDPRoute",
];
