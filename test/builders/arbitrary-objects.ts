/** Objects of every kind whose names meet, and what happens to them. */
import fc from "fast-check";
import type { ClientTrafficSpec } from "../../src/api/envoy/client-traffic-policy.ts";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import { gatewayGroup } from "../../src/api/gateway/names.ts";
import type { KubeObject } from "../../src/api/schema/metadata.ts";
import { issue, secret, tlsSecret } from "./certificates.ts";
import { injecting, injections } from "./injections.ts";
import {
  backend,
  backendObjectRef,
  backendRef,
  backendTlsPolicy,
  called,
  clientTrafficPolicy,
  clusterTrustBundle,
  configMap,
  endpointSlice,
  envoyProxy,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  httpsListener,
  importedSlice,
  importRef,
  listener,
  listenerSet,
  namespace,
  parent,
  parentSet,
  prefix,
  referenceGrant,
  rule,
  service,
  serviceImport,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "./objects.ts";

const few = (values: readonly string[]) => fc.constantFrom(...values);
const ns = few(["app", "other"]);
const hostname = few(["*", "a.com", "*.a.com", "x.a.com", "*.x.a.com"]);
const optionalHost = hostname.map((value) => (value === "*" ? {} : { hostname: value }));
const creation = few(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]);

function aged<T extends KubeObject>(object: T, creationTimestamp: string): T {
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
}

const allowed = fc.constantFrom(
  { namespaces: { from: "All" as const } },
  { namespaces: { from: "Same" as const } },
  { namespaces: { from: "Selector" as const, selector: { matchLabels: { team: "a" } } } },
  { namespaces: { from: "Selector" as const } },
);
const listeners = fc.uniqueArray(
  fc.record({
    name: few(["l1", "l2", "l3"]),
    host: optionalHost,
    port: fc.constantFrom(80, 81),
    protocol: few(["HTTP", "HTTP", "HTTPS", "TLS", "TLS passed on", "TCP", "UDP"]),
    certificates: fc.uniqueArray(fc.record({ name: few(["c1", "c2"]), namespace: few(["infra", "app"]) }), {
      minLength: 1,
      maxLength: 2,
    }),
    allowedRoutes: allowed,
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);
const authorityRef = { group: "", kind: "ConfigMap", name: "ca" };
const clientMode = "AllowValidOnly" as const;
const ownCertificate = { group: "", kind: "Secret", name: "c1" };
const declared = listeners.map((chosen) =>
  chosen.map(({ name: called, host, certificates, ...rest }) => {
    const certificateRefs = certificates.map((ref) => ({ group: "", kind: "Secret", ...ref }));
    const [protocol = "", ...how] = rest.protocol.split(" ");
    const ends = protocol === "HTTPS" || (protocol === "TLS" && how.length === 0);
    const tls = ends ? { tls: { mode: "Terminate" as const, certificateRefs } } : {};
    const passed = how.length > 0 ? { tls: { mode: "Passthrough" as const } } : {};
    const hosts = protocol === "TCP" || protocol === "UDP" ? {} : host;
    return listener(called, { ...rest, protocol, ...hosts, ...tls, ...passed });
  }),
);
const allowedSets = fc.constantFrom(
  {},
  { allowedListeners: { namespaces: { from: "All" as const } } },
  { allowedListeners: { namespaces: { from: "All" as const } } },
  { allowedListeners: { namespaces: { from: "Same" as const } } },
  { allowedListeners: { namespaces: { from: "Selector" as const, selector: { matchLabels: { team: "a" } } } } },
);
const sets = fc
  .record({
    at: few(["infra", "app", "other"]),
    name: few(["x1", "x2"]),
    gateway: few(["g1", "g2"]),
    listeners: declared,
    creation,
  })
  .map(({ at, name, gateway: of, listeners: added, creation: when }) => listenerSet(`${at}/${name}`, `infra/${of}`, added, when));
const gateways = fc
  .record({ name: few(["g1", "g2"]), listeners: declared, own: fc.boolean(), odd: fc.nat(9), sets: allowedSets, creation })
  .map(({ name, listeners: made, own, odd, sets: taken, creation: at }) => {
    const infrastructure = own
      ? { infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "own" } } }
      : {};
    const addresses = odd === 0 ? { addresses: [{ type: "NamedAddress", value: "x" }] } : {};
    const elsewhere = odd === 2 ? { namespace: "app" } : odd === 4 ? { kind: "ClusterTrustBundle", name: "all" } : {};
    const validation = { caCertificateRefs: [{ ...authorityRef, ...elsewhere }], mode: clientMode };
    const frontend = { default: { validation }, perPort: odd === 3 ? [{ port: 81, tls: {} }] : [] };
    const backendTls =
      odd === 1 ? { tls: { backend: { clientCertificateRef: ownCertificate } } } : odd < 5 ? { tls: { frontend } } : {};
    return aged(gateway(`infra/${name}`, made, { ...infrastructure, ...addresses, ...backendTls, ...taken }), at);
  });

const reference = fc
  .record({
    name: few(["s1", "s2"]),
    namespace: fc.option(ns, { nil: undefined }),
    weight: fc.nat(2),
    refTo: fc.constantFrom(backendRef, backendRef, backendObjectRef, importRef),
    filtered: fc.nat(5),
  })
  .map(({ name, namespace: at, weight, refTo, filtered }) => {
    const rewrite = { type: "URLRewrite" as const, urlRewrite: { hostname: "b.com" } };
    const filters = filtered < 2 ? { filters: [filtered === 0 ? rewrite : injecting] } : {};
    return refTo(name, { weight, ...(at === undefined ? {} : { namespace: at }), ...filters });
  });
const rules = fc.array(
  fc
    .record({ backends: fc.array(reference, { maxLength: 3 }), path: few(["/", "/a", "/b"]), bad: fc.nat(9) })
    .map(({ backends, path, bad }) =>
      rule(backends, {
        ...(bad === 1 && { filters: [injecting] }),
        matches: bad === 0 ? [{ path: { type: "RegularExpression", value: "*" } }] : [prefix(path)],
      }),
    ),
  { minLength: 1, maxLength: 3 },
);
const section = fc
  .option(few(["l1", "l2"]), { nil: undefined })
  .map((sectionName) => (sectionName === undefined ? {} : { sectionName }));
const parents = fc.array(
  fc.oneof(
    fc.tuple(few(["g1", "g2"]), section).map(([name, changes]) => parent(`infra/${name}`, changes)),
    fc.tuple(few(["infra/x1", "app/x1", "app/x2"]), section).map(([set, changes]) => parentSet(set, changes)),
  ),
  { maxLength: 2 },
);
const routes = fc
  .record({
    namespace: ns,
    name: few(["r1", "r2", "r3"]),
    rules,
    parents,
    hostnames: fc.uniqueArray(
      hostname.filter((value) => value !== "*"),
      { maxLength: 2 },
    ),
    creation,
  })
  .map((made) =>
    aged(
      httpRoute(`${made.namespace}/${made.name}`, made.rules, { parentRefs: made.parents, hostnames: made.hostnames }),
      made.creation,
    ),
  );

const streamReference = reference.map(({ filters: _filters, ...ref }) => ref);
const streamRoutes = fc
  .record({
    kind: fc.constantFrom("TCP", "UDP", "TLS"),
    namespace: ns,
    name: few(["r1", "r2"]),
    backends: fc.array(streamReference, { minLength: 1, maxLength: 3 }),
    parents,
    hostnames: fc.uniqueArray(
      hostname.filter((value) => value !== "*"),
      { minLength: 1, maxLength: 2 },
    ),
    creation,
  })
  .map(({ kind, namespace: at, name, backends, parents: parentRefs, hostnames, creation: made }) => {
    const id = `${at}/${name}`;
    if (kind === "TLS") return aged(tlsRoute(id, hostnames, backends, { parentRefs }), made);
    return aged((kind === "TCP" ? tcpRoute : udpRoute)(id, backends, { parentRefs }), made);
  });
const grpcRules = fc.array(
  fc
    .record({ backends: fc.array(fc.tuple(few(["s1", "s2"]), fc.nat(2)), { maxLength: 2 }), service: few(["a.B", "*", ""]) })
    .map(({ backends, service: asked }) => ({
      backendRefs: backends.map(([name, weight]) => ({ group: "", kind: "Service", name, port: 8080, weight })),
      ...(asked === "" ? {} : { matches: [called(asked, undefined, asked === "*" ? "RegularExpression" : "Exact")] }),
    })),
  { maxLength: 2 },
);
const grpcRoutes = fc
  .record({ namespace: ns, name: few(["r1", "r2"]), rules: grpcRules, parents, creation })
  .map((made) => aged(grpcRoute(`${made.namespace}/${made.name}`, made.rules, { parentRefs: made.parents }), made.creation));

const serviceChanges = fc.constantFrom(
  {},
  { clusterIP: "None" },
  { trafficDistribution: "PreferClose" },
  { type: "ExternalName" as const, externalName: "a.com" },
  { ports: [{ name: "http", port: 8080, protocol: "TCP" as const, appProtocol: "kubernetes.io/h2c" }] },
  { ports: [{ name: "other", port: 1, protocol: "TCP" as const }] },
  { ports: [{ name: "http", port: 8080, protocol: "UDP" as const }] },
);
const key = fc.tuple(ns, few(["s1", "s2"])).map(([at, name]) => `${at}/${name}`);
const backendEndpoints = fc.constantFrom(
  [{ ip: { address: "10.0.0.1", port: 1 } }],
  [{ fqdn: { hostname: "a.com", port: 1 } }],
  [{ ip: { address: "127.0.0.1", port: 1 } }],
);
const authorityRefs = [authorityRef];
const backendTls = fc.constantFrom(
  {},
  {},
  { type: "DynamicResolver" as const },
  { tls: { insecureSkipVerify: false } },
  { tls: { insecureSkipVerify: false, caCertificateRefs: authorityRefs } },
  { tls: { insecureSkipVerify: false, caCertificateRefs: authorityRefs, sni: "a.com" } },
  { tls: { insecureSkipVerify: false, wellKnownCACertificates: "System" } },
  { tls: { insecureSkipVerify: true, clientCertificateRef: { group: "", kind: "Secret", name: "c1" } } },
);
const proxy = fc.constantFrom(
  {},
  { routingType: "Service" },
  { mergeGateways: true },
  { mergeBackends: {} },
  { ipFamily: "IPv6" as const },
  { telemetry: {} },
  { backendTLS: { minVersion: "1.3" as const, clientCertificateRef: { group: "", kind: "Secret", name: "c1" } } },
);

const sound = await issue(["a.com"]);
const material = [sound, await issue(["*.a.com", "x.a.com"]), { certificate: "none", key: "none" }];
const authorities = fc.constantFrom(...material.map(({ certificate }) => ({ "ca.crt": certificate })));
const secrets = fc
  .record({ at: few(["infra", "app"]), name: few(["c1", "c2"]), content: fc.constantFrom(...material) })
  .map(({ at, name, content }) => tlsSecret(`${at}/${name}`, content));
/** Secrets that say where a certificate is, or that lack something. */
const outsideSecrets = fc
  .record({ at: few(["infra", "app"]), name: few(["c1", "c2"]), url: few(["unix:///run/sds", "unix:///run/other", ""]) })
  .map(({ at, name, url }) => secret(`${at}/${name}`, { secretName: "web", url }, "gateway.envoyproxy.io/sds"));
const targets = fc.uniqueArray(
  fc.record({
    target: fc.constantFrom(
      { group: "", kind: "Service" },
      { group: "", kind: "Service", sectionName: "http" },
      { group: "gateway.envoyproxy.io", kind: "Backend" },
      { group: "multicluster.x-k8s.io", kind: "ServiceImport" },
    ),
    name: few(["s1", "s2"]),
  }),
  { minLength: 1, maxLength: 2, selector: ({ target, name }) => `${JSON.stringify(target)}${name}` },
);
const validations = fc.constantFrom(
  {},
  { hostname: "b.com" },
  { wellKnownCACertificates: "System" },
  { wellKnownCACertificates: "a.io/b" },
  { caCertificateRefs: [{ group: "", kind: "ClusterTrustBundle", name: "all" }] },
  { caCertificateRefs: [{ group: "", kind: "Secret", name: "c1" }] },
);
const policies = fc.record({ namespace: ns, name: few(["p1", "p2"]), targets, validation: validations, creation }).map((made) =>
  aged(
    backendTlsPolicy(
      `${made.namespace}/${made.name}`,
      made.targets.map(({ target, name }) => ({ ...target, name })),
      made.validation,
    ),
    made.creation,
  ),
);
const imports = fc.constantFrom({}, { type: "Headless" as const, ips: [] }, { ports: [{ name: "other", port: 1 }] });

const grantForListeners = fc
  .tuple(few(["c1", "c2", ""]), few(["Gateway", "ListenerSet", "ClientTrafficPolicy"]))
  .map(([name, kind]) => {
    const to = [
      { group: "", kind: "Secret", ...(name === "" ? {} : { name }) },
      { group: "", kind: "ConfigMap" },
    ];
    const grant = referenceGrant("app", "infra", name === "c1" ? to.slice(0, 1) : to);
    const group = kind === "ClientTrafficPolicy" ? "gateway.envoyproxy.io" : gatewayGroup;
    return { ...grant, spec: { ...grant.spec, from: [{ group, kind, namespace: "infra" }] } };
  });

/** What proxies tell servers, which may be there or not. */
const telemetry = fc
  .record({ backendRefs: fc.array(reference, { maxLength: 2 }), fallback: fc.boolean(), metrics: fc.boolean() })
  .map(({ backendRefs, fallback, metrics }): Partial<EnvoyProxySpec> => {
    const servers = { backendRefs: backendRefs.map(({ filters: _filters, ...named }) => ({ ...named, fallback })), port: 4317 };
    if (backendRefs.length === 0) return {};
    const sink = { type: "OpenTelemetry" as const, openTelemetry: servers };
    const settings = [{ sinks: [sink, { type: "ALS" as const, als: { ...servers, type: "TCP" as const } }] }];
    const tracing = { provider: { ...servers, type: "Zipkin" as const } };
    return { telemetry: { accessLog: { settings }, tracing, ...(metrics && { metrics: { sinks: [sink] } }) } };
  });

const clientSettings = fc.constantFrom<Partial<ClientTrafficSpec>>(
  {},
  { http3: {}, proxyProtocol: {} },
  { http1: { preserveHeaderCase: true, http10: { useDefaultHost: true } } },
  { http2: { initialStreamWindowSize: "1Ki" } },
  { tls: { minVersion: "1.3" }, connection: { maxAcceptPerSocketEvent: 1, bufferLimit: "1Mi" } },
  { http3: {}, tls: { clientValidation: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }] } } },
  { tls: { clientValidation: { caCertificateRefs: [{ group: "", kind: "Secret", name: "c1", namespace: "app" }] } } },
);
const clientTargets = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom("Gateway", "ListenerSet"), few(["g1", "g2", "x1"]), section)
    .map(([kind, name, changes]) => ({ kind, name, ...changes })),
  { maxLength: 2, selector: (target) => JSON.stringify(target) },
);
const clientSelectors = fc.constantFrom(
  { group: gatewayGroup, kind: "Gateway" },
  { group: gatewayGroup, kind: "ListenerSet", namespaces: { from: "All" as const } },
);
const clientPolicies = fc
  .record({
    namespace: few(["infra", "infra", "app"]),
    name: few(["p1", "p2", "p3"]),
    targets: clientTargets,
    selector: clientSelectors,
    settings: clientSettings,
    creation,
  })
  .map(({ namespace: at, name, targets: to, selector, settings, creation: made }) => {
    const selectors = to.length === 0 ? { targetSelectors: [selector] } : {};
    return clientTrafficPolicy(`${at}/${name}`, to, { ...selectors, ...settings }, made);
  });

/** An object of any kind. */
const object: fc.Arbitrary<KubeObject> = fc.oneof(
  { weight: 6, arbitrary: routes },
  { weight: 5, arbitrary: streamRoutes },
  { weight: 3, arbitrary: grpcRoutes },
  { weight: 3, arbitrary: gateways },
  { weight: 3, arbitrary: sets },
  { weight: 2, arbitrary: secrets },
  { weight: 1, arbitrary: outsideSecrets },
  { weight: 1, arbitrary: grantForListeners },
  { weight: 2, arbitrary: injections },
  { weight: 2, arbitrary: fc.tuple(key, serviceChanges).map(([at, changes]) => service(at, changes)) },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.subarray(["10.1.0.1", "10.1.0.2"])).map(([at, addresses]) => endpointSlice(at, addresses)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, backendEndpoints, backendTls).map(([at, endpoints, tls]) => backend(at, endpoints, tls)),
  },
  { weight: 3, arbitrary: policies },
  { weight: 3, arbitrary: clientPolicies },
  { weight: 1, arbitrary: fc.tuple(key, imports).map(([at, changes]) => serviceImport(at, changes)) },
  {
    weight: 1,
    arbitrary: fc.tuple(key, fc.subarray(["10.2.0.1", "10.2.0.2"])).map(([at, addresses]) => importedSlice(at, addresses)),
  },
  { weight: 1, arbitrary: authorities.map((data) => clusterTrustBundle("all", data["ca.crt"])) },
  {
    weight: 1,
    arbitrary: fc.tuple(few(["app", "other", "infra"]), authorities).map(([at, data]) => configMap(`${at}/ca`, data)),
  },
  { weight: 1, arbitrary: fc.tuple(ns, few(["a", "b"])).map(([name, team]) => namespace(name, { team })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ns, ns, fc.boolean())
      .map(([to, from, named]) => referenceGrant(to, from, [{ group: "", kind: "Service", ...(named ? { name: "s1" } : {}) }])),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(few(["class", "own"]), proxy, telemetry)
      .map(([name, changes, told]) => envoyProxy(`infra/${name}`, { ...changes, ...told })),
  },
  { weight: 1, arbitrary: fc.boolean().map((own) => gatewayClass("eg", own ? "infra/class" : undefined)) },
);

/** An object that comes, changes or goes. */
export interface Step {
  readonly object: KubeObject;
  readonly remove: boolean;
}
/** Steps of histories. */
export const steps: fc.Arbitrary<Step> = fc.record({ object, remove: fc.nat(4).map((n) => n === 0) });

/** A world in which requests are served, so that histories do not begin with nothing. */
export const groundwork: readonly KubeObject[] = [
  gatewayClass(),
  gateway("infra/g1", [listener("l1"), listener("l2", { hostname: "*.a.com" })], {
    allowedListeners: { namespaces: { from: "All" } },
  }),
  listenerSet("app/x1", "infra/g1", [listener("l1", { port: 81 }), listener("l2", { hostname: "x.a.com" })]),
  gateway("infra/g2", [
    httpsListener("l1", ["c1"], { port: 81 }),
    listener("l2", { port: 82, protocol: "TLS", tls: { mode: "Passthrough" } }),
  ]),
  tlsSecret("infra/c1", sound),
  service("app/s1"),
  endpointSlice("app/s1", ["10.1.0.1"]),
  httpRoute("app/r1", [rule([backendRef("s1")])], { parentRefs: [parent("infra/g1")] }),
];
