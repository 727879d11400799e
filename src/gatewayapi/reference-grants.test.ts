/** Every reference that may leave its namespace: nobody follows it without a grant that is just for it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issue, tlsSecret } from "../../test/builders/certificates.ts";
import {
  backend,
  backendRef,
  clusterTrustBundle,
  configMap,
  endpointSlice,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  httpsListener,
  importedSlice,
  listener,
  listenerSet,
  referenceGrant,
  rule,
  service,
  serviceImport,
  takesListenerSets,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { mirror } from "../features/mirror/mirror.ts";

const certificate = await issue(["a.com"]);
const far = { namespace: "far" } as const;
const kinds = {
  Secret: { group: "", kind: "Secret" },
  ConfigMap: { group: "", kind: "ConfigMap" },
  Service: { group: "", kind: "Service" },
  ServiceImport: { group: "multicluster.x-k8s.io", kind: "ServiceImport" },
  Backend: { group: "gateway.envoyproxy.io", kind: "Backend" },
} as const;
type Target = keyof typeof kinds;

/** Who refers to what: objects with one reference to `far/x`, which they need a grant for. */
interface Reference {
  readonly field: string;
  /** The kind and namespace of who refers. */
  readonly from: readonly [kind: string, namespace: string];
  readonly to: Target;
  readonly objects: readonly KubeObject[];
}

const udpPorts = [{ name: "http", port: 8080, protocol: "UDP" }] as const;
const refs = {
  Service: { ...kinds.Service, ...far, name: "x", port: 8080, weight: 1 },
  ServiceImport: { ...kinds.ServiceImport, ...far, name: "x", port: 8080, weight: 1 },
  Backend: { ...kinds.Backend, ...far, name: "x", weight: 1 },
} as const;
const targets = {
  TCP: [service("far/x"), endpointSlice("far/x", ["10.0.0.1"])],
  UDP: [service("far/x", { ports: udpPorts }), endpointSlice("far/x", ["10.0.0.1"], { ports: udpPorts })],
} as const;
const everywhere = [
  serviceImport("far/x"),
  importedSlice("far/x", ["10.0.0.1"]),
  backend("far/x", [{ ip: { address: "10.0.0.1", port: 1 } }]),
  tlsSecret("far/x", certificate),
  configMap("far/x", { "ca.crt": certificate.certificate }),
  clusterTrustBundle("x", certificate.certificate),
];
const listeners = [
  listener("http"),
  listener("tcp", { protocol: "TCP", port: 81 }),
  listener("udp", { protocol: "UDP", port: 81 }),
  listener("tls", { protocol: "TLS", port: 443, tls: { mode: "Passthrough" } }),
];

/** The routes of all kinds with a backend of every kind. */
function ofRoutes(): readonly Reference[] {
  return (["Service", "ServiceImport", "Backend"] as const).flatMap((to): readonly Reference[] => {
    const ref = refs[to];
    const routes = {
      HTTPRoute: [httpRoute("app/r", [rule([ref])]), ...targets.TCP],
      GRPCRoute: [grpcRoute("app/r", [{ backendRefs: [ref] }]), ...targets.TCP],
      TLSRoute: [tlsRoute("app/r", ["a.com"], [ref]), ...targets.TCP],
      TCPRoute: [tcpRoute("app/r", [ref]), ...targets.TCP],
      UDPRoute: [udpRoute("app/r", [ref]), ...targets.UDP],
    };
    const own = Object.entries(routes).map(
      ([kind, objects]): Reference => ({
        field: "backendRefs",
        from: [kind, "app"],
        to,
        objects: [gateway("infra/gw", listeners), ...objects],
      }),
    );
    const mirrored = { type: "RequestMirror", requestMirror: { backendRef: ref } } as const;
    const near = [service("app/s"), endpointSlice("app/s", ["10.0.0.2"])];
    const copies = {
      HTTPRoute: httpRoute("app/r", [rule([backendRef("s")], { filters: [mirrored] })]),
      GRPCRoute: grpcRoute("app/r", [
        { backendRefs: [{ ...kinds.Service, name: "s", port: 8080, weight: 1 }], filters: [mirrored] },
      ]),
    };
    // Imported backends get no UDP here, so their ports say nothing of it.
    const usable = own.filter(({ from: [kind] }) => to !== "ServiceImport" || kind !== "UDPRoute");
    return [
      ...usable,
      ...Object.entries(copies).map(
        ([kind, route]): Reference => ({
          field: "requestMirror",
          from: [kind, "app"],
          to,
          objects: [gateway("infra/gw", listeners), route, ...near, ...targets.TCP],
        }),
      ),
    ];
  });
}

const ownCertificate = [tlsSecret("infra/own", certificate)];
const validation = (kind: "Secret" | "ConfigMap") => ({
  caCertificateRefs: [{ group: "", kind, name: "x", ...far }],
  mode: "AllowValidOnly" as const,
});
const farCertificate = (name: string) =>
  httpsListener(name, [], { tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: "x", ...far }] } });

const ofGateways: readonly Reference[] = [
  {
    field: "certificateRefs",
    from: ["Gateway", "infra"],
    to: "Secret",
    objects: [gateway("infra/gw", [farCertificate("l")])],
  },
  {
    field: "certificateRefs",
    from: ["ListenerSet", "app"],
    to: "Secret",
    objects: [
      gateway("infra/gw", [listener("l")], takesListenerSets()),
      listenerSet("app/set", "infra/gw", [farCertificate("l")]),
    ],
  },
  ...(["Secret", "ConfigMap"] as const).flatMap((to): readonly Reference[] => {
    const tls = { frontend: { default: { validation: validation(to) }, perPort: [] } };
    const onPort = { frontend: { default: {}, perPort: [{ port: 443, tls: { validation: validation(to) } }] } };
    return [tls, onPort].map((each, i) => ({
      field: i === 0 ? "frontend.default" : "frontend.perPort",
      from: ["Gateway", "infra"],
      to,
      objects: [gateway("infra/gw", [httpsListener("l", ["own"])], { tls: each }), ...ownCertificate],
    }));
  }),
  {
    field: "backend.clientCertificateRef",
    from: ["Gateway", "infra"],
    to: "Secret",
    objects: [
      gateway("infra/gw", [listener("l")], {
        tls: { backend: { clientCertificateRef: { group: "", kind: "Secret", name: "x", ...far } } },
      }),
    ],
  },
];

/** Whether anybody is told that the reference is not permitted, with a grant and without any. */
function judging(objects: readonly KubeObject[]) {
  const routeFilters = [...(mirror.routeFilters ?? [])];
  const { statuses, graph, apply, remove } = translate([gatewayClass(), ...everywhere, ...objects], { routeFilters });
  const isRefused = () => {
    assert.deepEqual([...graph.failures.values()], []);
    return JSON.stringify([...statuses.values()]).includes('"RefNotPermitted"');
  };
  return {
    isRefused,
    isRefusedWith(grant: KubeObject) {
      apply(grant);
      const refused = isRefused();
      remove(grant);
      assert.equal(isRefused(), true);
      return refused;
    },
  };
}

describe("a reference to another namespace", () => {
  for (const { field, from, to, objects } of [...ofRoutes(), ...ofGateways]) {
    const [kind, namespace] = from;
    const target = kinds[to];
    it(`${field} of a ${kind} to a ${to} needs a grant for just that`, () => {
      const { isRefused, isRefusedWith } = judging(objects);
      assert.equal(isRefused(), true);
      assert.equal(isRefusedWith(referenceGrant("far", namespace, [target], kind)), false);
      assert.equal(isRefusedWith(referenceGrant("far", namespace, [{ ...target, name: "x" }], kind)), false);
      const useless = [
        referenceGrant("far", namespace, [{ ...target, name: "y" }], kind),
        referenceGrant("far", namespace, [{ ...target, kind: "Other" }], kind),
        referenceGrant("far", namespace, [{ ...target, group: "other" }], kind),
        referenceGrant("far", "elsewhere", [target], kind),
        referenceGrant("far", namespace, [target], kind === "Gateway" ? "HTTPRoute" : "Gateway"),
        referenceGrant(namespace, namespace, [target], kind),
      ];
      for (const grant of useless) assert.equal(isRefusedWith(grant), true);
    });
  }
});
