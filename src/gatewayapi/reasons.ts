/**
 * The reasons that conditions give, as the Gateway API (v1.6, *_types.go) and Envoy Gateway (v1.9) spell them.
 * One table, so that a misspelt reason does not compile.
 */
export const reasons = {
  // All kinds.
  Accepted: "Accepted",
  Programmed: "Programmed",
  ResolvedRefs: "ResolvedRefs",
  Invalid: "Invalid",
  Pending: "Pending",
  RefNotPermitted: "RefNotPermitted",
  UnsupportedValue: "UnsupportedValue",
  // GatewayClass, Gateway, EnvoyProxy.
  InvalidParameters: "InvalidParameters",
  UnsupportedAddress: "UnsupportedAddress",
  ListenersNotValid: "ListenersNotValid",
  InvalidClientCertificateRef: "InvalidClientCertificateRef",
  ConfigurationChanged: "ConfigurationChanged",
  AddressNotAssigned: "AddressNotAssigned",
  AddressNotUsable: "AddressNotUsable",
  NoResources: "NoResources",
  // Listeners.
  UnsupportedProtocol: "UnsupportedProtocol",
  InvalidRouteKinds: "InvalidRouteKinds",
  ProtocolConflict: "ProtocolConflict",
  HostnameConflict: "HostnameConflict",
  UnsupportedTLSMode: "UnsupportedTLSMode",
  InvalidCertificateRef: "InvalidCertificateRef",
  NoValidCACertificate: "NoValidCACertificate",
  InvalidCACertificateRef: "InvalidCACertificateRef",
  InvalidCACertificateKind: "InvalidCACertificateKind",
  PartiallyInvalidCertificateRef: "PartiallyInvalidCertificateRef",
  OverlappingHostnames: "OverlappingHostnames",
  OverlappingCertificates: "OverlappingCertificates",
  SDSCertificateOpaque: "SDSCertificateOpaque",
  NoConflicts: "NoConflicts",
  // ListenerSets.
  NotAllowed: "NotAllowed",
  ParentNotAccepted: "ParentNotAccepted",
  ParentNotProgrammed: "ParentNotProgrammed",
  // Policies.
  Conflicted: "Conflicted",
  Aggregated: "Aggregated",
  Overridden: "Overridden",
  TargetNotFound: "TargetNotFound",
  DeprecatedField: "DeprecatedField",
  UnsupportedHTTP3ClientValidation: "UnsupportedHTTP3ClientValidation",
  UDPPortTaken: "UDPPortTaken",
  Warnings: "Warnings",
  // Filters of routes.
  IncompatibleFilters: "IncompatibleFilters",
  InvalidBackendFilters: "InvalidBackendFilters",
  // Parents of routes.
  NoMatchingParent: "NoMatchingParent",
  NotAllowedByListeners: "NotAllowedByListeners",
  NoMatchingListenerHostname: "NoMatchingListenerHostname",
  // Rules of routes.
  RouteRulesOverlap: "RouteRulesOverlap",
  // Backends of routes.
  BackendNotFound: "BackendNotFound",
  InvalidKind: "InvalidKind",
  PortNotFound: "PortNotFound",
  PortNotSpecified: "PortNotSpecified",
  UnsupportedRefValue: "UnsupportedRefValue",
  UnsupportedAddressType: "UnsupportedAddressType",
  InvalidAddress: "InvalidAddress",
  InvalidBackendRef: "InvalidBackendRef",
  InvalidBackendTLS: "InvalidBackendTLS",
  EndpointsNotFound: "EndpointsNotFound",
} as const;
