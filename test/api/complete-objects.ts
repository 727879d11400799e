/** Documents that use every field of their kind that a user can write, all valid. */

/** A document under construction: tests change it before they submit it. */
// biome-ignore lint/suspicious/noExplicitAny: tests write what no type allows
export type Draft = any;

const meta = (name: string) => ({ name, namespace: "shop", labels: { app: "a" }, annotations: { "example.com/a": "b" } });
const version = "gateway.networking.k8s.io/v1";
const secretRef = () => ({ group: "", kind: "Secret", name: "cert", namespace: "certs" });
const selector = () => ({ matchLabels: { a: "b" }, matchExpressions: [{ key: "c", operator: "In", values: ["d"] }] });

/** A GatewayClass. */
export function gatewayClass(): Draft {
  return {
    apiVersion: version,
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: {
      controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
      description: "the usual",
      parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "proxy", namespace: "system" },
    },
  };
}

const listener = (): Draft => ({
  name: "web",
  port: 443,
  protocol: "HTTPS",
  hostname: "*.example.com",
  tls: { mode: "Terminate", certificateRefs: [secretRef()], options: { a: "b" } },
  allowedRoutes: {
    kinds: [{ group: version.split("/")[0], kind: "HTTPRoute" }],
    namespaces: { from: "Selector", selector: selector() },
  },
});

/** A ListenerSet. */
export function listenerSet(): Draft {
  return {
    apiVersion: version,
    kind: "ListenerSet",
    metadata: meta("more"),
    spec: {
      listeners: [listener()],
      parentRef: { group: version.split("/")[0], kind: "Gateway", name: "eg", namespace: "infra" },
    },
  };
}

/** A Gateway. */
export function gateway(): Draft {
  const validation = () => ({ caCertificateRefs: [{ ...secretRef(), kind: "ConfigMap" }], mode: "AllowInsecureFallback" });
  return {
    apiVersion: version,
    kind: "Gateway",
    metadata: meta("eg"),
    spec: {
      gatewayClassName: "eg",
      defaultScope: "All",
      addresses: [{ type: "IPAddress", value: "1.2.3.4" }],
      allowedListeners: { namespaces: { from: "Selector", selector: selector() } },
      infrastructure: {
        annotations: { "example.com/a": "b" },
        labels: { "example.com/a": "b" },
        parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "proxy" },
      },
      listeners: [listener()],
      tls: {
        backend: { clientCertificateRef: secretRef() },
        frontend: { default: { validation: validation() }, perPort: [{ port: 443, tls: { validation: validation() } }] },
      },
    },
  };
}

/** An HTTPRoute. */
export function httpRoute(): Draft {
  const headers = () => ({ add: [{ name: "X-A", value: "a" }], set: [{ name: "X-B", value: "b" }], remove: ["X-C"] });
  const backend = () => ({ group: "", kind: "Service", name: "app", namespace: "shop", port: 80 });
  const cors = () => ({
    allowCredentials: true,
    allowHeaders: ["X-A"],
    allowMethods: ["GET"],
    allowOrigins: ["https://*.example.com:8443"],
    exposeHeaders: ["X-B"],
    maxAge: 60,
  });
  const externalAuth = (protocol: "HTTP" | "GRPC") => ({
    protocol,
    backendRef: backend(),
    forwardBody: { maxSize: 1024 },
    ...(protocol === "GRPC"
      ? { grpc: { allowedHeaders: ["X-A"] } }
      : { http: { allowedHeaders: ["X-A"], allowedResponseHeaders: ["X-B"], path: "/auth" } }),
  });
  const filters = () => [
    { type: "RequestHeaderModifier", requestHeaderModifier: headers() },
    { type: "ResponseHeaderModifier", responseHeaderModifier: headers() },
    { type: "RequestMirror", requestMirror: { backendRef: backend(), percent: 5 } },
    { type: "RequestMirror", requestMirror: { backendRef: backend(), fraction: { numerator: 1, denominator: 50 } } },
    {
      type: "URLRewrite",
      urlRewrite: { hostname: "b.example.com", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/b" } },
    },
    { type: "CORS", cors: cors() },
    { type: "ExternalAuth", externalAuth: externalAuth("HTTP") },
    { type: "ExternalAuth", externalAuth: externalAuth("GRPC") },
    { type: "ExtensionRef", extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "f" } },
  ];
  const redirect = {
    hostname: "c.example.com",
    path: { type: "ReplaceFullPath", replaceFullPath: "/c" },
    port: 8443,
    scheme: "https",
    statusCode: 301,
  };
  const redirectPrefix = () => ({
    type: "RequestRedirect",
    requestRedirect: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/r" } },
  });
  const rewriteAll = () => ({ type: "URLRewrite", urlRewrite: { path: { type: "ReplaceFullPath", replaceFullPath: "/y" } } });
  return {
    apiVersion: version,
    kind: "HTTPRoute",
    metadata: meta("app"),
    spec: {
      parentRefs: [
        { group: version.split("/")[0], kind: "Gateway", name: "eg", namespace: "shop", port: 443, sectionName: "web" },
      ],
      hostnames: ["www.example.com"],
      useDefaultGateways: "None",
      rules: [
        {
          name: "one",
          matches: [
            {
              path: { type: "PathPrefix", value: "/a" },
              method: "GET",
              headers: [{ name: "X-A", type: "RegularExpression", value: "a.*" }],
              queryParams: [{ name: "q", type: "Exact", value: "v" }],
            },
          ],
          filters: filters(),
          backendRefs: [{ ...backend(), weight: 3, filters: filters() }],
          retry: { attempts: 2, backoff: "100ms", codes: [503] },
          sessionPersistence: {
            type: "Cookie",
            sessionName: "s",
            absoluteTimeout: "1h",
            cookieConfig: { lifetimeType: "Permanent" },
          },
          timeouts: { request: "10s", backendRequest: "2s" },
        },
        {
          matches: [{ path: { type: "Exact", value: "/old" } }],
          filters: [{ type: "RequestRedirect", requestRedirect: redirect }],
        },
        {
          matches: [{ path: { type: "Exact", value: "/older" } }],
          backendRefs: [{ ...backend(), filters: [{ type: "RequestRedirect", requestRedirect: structuredClone(redirect) }] }],
        },
        {
          matches: [{ path: { type: "Exact", value: "/x" } }],
          filters: [rewriteAll()],
        },
        {
          matches: [{ path: { type: "PathPrefix", value: "/p" } }],
          filters: [redirectPrefix()],
        },
        {
          matches: [{ path: { type: "PathPrefix", value: "/q" } }],
          backendRefs: [
            { ...backend(), filters: [redirectPrefix()] },
            { ...backend(), filters: [rewriteAll()] },
          ],
        },
      ],
    },
  };
}

/** A GRPCRoute. */
export function grpcRoute(): Draft {
  const headers = () => ({ add: [{ name: "X-A", value: "a" }], set: [{ name: "X-B", value: "b" }], remove: ["X-C"] });
  const backend = () => ({ group: "", kind: "Service", name: "app", namespace: "shop", port: 80 });
  const filters = () => [
    { type: "RequestHeaderModifier", requestHeaderModifier: headers() },
    { type: "ResponseHeaderModifier", responseHeaderModifier: headers() },
    { type: "RequestMirror", requestMirror: { backendRef: backend(), percent: 5 } },
    { type: "RequestMirror", requestMirror: { backendRef: backend(), fraction: { numerator: 1, denominator: 50 } } },
    { type: "ExtensionRef", extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "f" } },
  ];
  return {
    apiVersion: version,
    kind: "GRPCRoute",
    metadata: meta("calls"),
    spec: {
      parentRefs: [
        { group: version.split("/")[0], kind: "Gateway", name: "eg", namespace: "shop", port: 443, sectionName: "web" },
      ],
      hostnames: ["www.example.com"],
      useDefaultGateways: "None",
      rules: [
        {
          name: "one",
          matches: [
            {
              method: { type: "Exact", service: "shop.Cart", method: "Get" },
              headers: [{ name: "X-A", type: "RegularExpression", value: "a.*" }],
            },
          ],
          filters: filters(),
          backendRefs: [{ ...backend(), weight: 3, filters: filters() }],
          sessionPersistence: {
            type: "Cookie",
            sessionName: "s",
            absoluteTimeout: "1h",
            cookieConfig: { lifetimeType: "Permanent" },
          },
        },
      ],
    },
  };
}

/** A ReferenceGrant. */
export function referenceGrant(): Draft {
  return {
    apiVersion: "gateway.networking.k8s.io/v1beta1",
    kind: "ReferenceGrant",
    metadata: meta("grant"),
    spec: {
      from: [{ group: version.split("/")[0], kind: "HTTPRoute", namespace: "shop" }],
      to: [{ group: "", kind: "Service", name: "app" }],
    },
  };
}

/** A BackendTLSPolicy. */
export function backendTlsPolicy(): Draft {
  return {
    apiVersion: version,
    kind: "BackendTLSPolicy",
    metadata: meta("secured"),
    spec: {
      options: { "example.com/a": "b" },
      targetRefs: [{ group: "", kind: "Service", name: "app", sectionName: "https" }],
      validation: {
        caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }],
        hostname: "app.example.com",
        subjectAltNames: [
          { type: "Hostname", hostname: "*.example.com" },
          { type: "URI", uri: "spiffe://example.com/app" },
        ],
      },
    },
  };
}

/** A BackendTLSPolicy that trusts what the system does. */
export function systemTlsPolicy(): Draft {
  const policy = backendTlsPolicy();
  const { caCertificateRefs: _refs, ...validation } = policy.spec.validation;
  return { ...policy, spec: { ...policy.spec, validation: { ...validation, wellKnownCACertificates: "System" } } };
}

/** A ClusterTrustBundle. */
export function clusterTrustBundle(): Draft {
  return {
    apiVersion: "certificates.k8s.io/v1beta1",
    kind: "ClusterTrustBundle",
    metadata: { name: "example.com:signer:ca" },
    spec: { signerName: "example.com/signer", trustBundle: "a" },
  };
}

/** A ServiceImport. */
export function serviceImport(): Draft {
  return {
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ServiceImport",
    metadata: meta("app"),
    spec: {
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ips: ["10.0.0.1"],
      ports: [{ name: "http", port: 80, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }],
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      trafficDistribution: "PreferClose",
      type: "ClusterSetIP",
    },
  };
}

/** A Namespace. */
export function namespace(): Draft {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" }, spec: { finalizers: ["kubernetes"] } };
}

/** A Service. */
export function service(): Draft {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta("app"),
    spec: {
      type: "ClusterIP",
      clusterIP: "10.0.0.1",
      clusterIPs: ["10.0.0.1"],
      externalName: "app.example.com",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "http", port: 80, nodePort: 30080, protocol: "TCP", targetPort: "web", appProtocol: "kubernetes.io/h2c" }],
      selector: { app: "a" },
      trafficDistribution: "PreferSameZone",
      sessionAffinity: "None",
    },
  };
}

/** An EndpointSlice. */
export function endpointSlice(): Draft {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...meta("app-1"), labels: { "kubernetes.io/service-name": "app" } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "http" }],
    endpoints: [
      {
        addresses: ["10.1.0.1"],
        conditions: { ready: true, serving: true, terminating: false },
        deprecatedTopology: { a: "b" },
        hints: { forZones: [{ name: "z" }], forNodes: [{ name: "n" }] },
        hostname: "app-0",
        nodeName: "n",
        zone: "z",
        targetRef: {
          apiVersion: "v1",
          fieldPath: "f",
          kind: "Pod",
          name: "p",
          namespace: "shop",
          resourceVersion: "1",
          uid: "u",
        },
      },
    ],
  };
}

/** A Secret. */
export function secret(): Draft {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta("cert"),
    type: "kubernetes.io/tls",
    immutable: true,
    data: { "tls.crt": "YQ==", "tls.key": "Yg==" },
  };
}

/** A ConfigMap. */
export function configMap(): Draft {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta("ca"),
    immutable: true,
    data: { "ca.crt": "a" },
    binaryData: { b: "YQ==" },
  };
}

function streamRoute(kind: string, fields: object): Draft {
  const backend = { group: "", kind: "Service", name: "app", namespace: "shop", port: 80, weight: 1 };
  return {
    apiVersion: version,
    kind,
    metadata: meta("app"),
    spec: {
      parentRefs: [
        { group: version.split("/")[0], kind: "Gateway", name: "eg", namespace: "shop", port: 443, sectionName: "web" },
      ],
      useDefaultGateways: "None",
      ...fields,
      rules: [{ name: "one", backendRefs: [backend] }],
    },
  };
}

/** A TLSRoute. */
export function tlsRoute(): Draft {
  return streamRoute("TLSRoute", { hostnames: ["www.example.com"] });
}

/** A TCPRoute. */
export function tcpRoute(): Draft {
  return streamRoute("TCPRoute", {});
}

/** A UDPRoute. */
export function udpRoute(): Draft {
  return streamRoute("UDPRoute", {});
}

/** One complete document of each kind of the Gateway API and of core Kubernetes. */
export const completeObjects: readonly (() => Draft)[] = [
  gatewayClass,
  gateway,
  listenerSet,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  referenceGrant,
  backendTlsPolicy,
  clusterTrustBundle,
  serviceImport,
  namespace,
  service,
  endpointSlice,
  secret,
  configMap,
];
