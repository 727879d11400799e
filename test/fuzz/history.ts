/** Histories of documents: what comes and goes in which batch. */
import fc from "fast-check";
import type { EnvoyGateway } from "../../src/api/config/envoy-gateway.ts";
import type { TestCertificate } from "../builders/certificates.ts";
import { type Document, documents } from "./documents.ts";
import { mutate, mutations } from "./mutation.ts";

/** A document that is written, or an object that goes. */
export type Edit = { readonly put: unknown } | { readonly remove: number };

/** Edits that take effect together. */
export type Batch = readonly Edit[];

const manifests: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: documents },
  {
    weight: 3,
    arbitrary: fc
      .tuple(documents, fc.array(mutations, { minLength: 1, maxLength: 3 }))
      .map(([document, changes]) => mutate(document, changes)),
  },
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: manifests }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat(1000) }) },
);

type RuntimeFlag = NonNullable<NonNullable<EnvoyGateway["runtimeFlags"]>["enabled"]>[number];

/** What a world goes through. */
export interface History {
  /** Runtime flags of its configuration: they choose how resources are named. */
  readonly flags: readonly RuntimeFlag[];
  readonly batches: readonly Batch[];
}

/** A few batches of a few edits, in every naming scheme. */
export const histories: fc.Arbitrary<History> = fc.record({
  flags: fc.constantFrom<readonly RuntimeFlag[]>([], ["XDSNameSchemeV1"], ["XDSNameSchemeV2"]),
  batches: fc.array(fc.array(edit, { minLength: 4, maxLength: 15 }), { minLength: 1, maxLength: 3, size: "max" }),
});

/** What is there before each history, so that what comes has something to attach to. Made from a certificate for `*.example.com`. */
export function groundwork({ certificate, key }: TestCertificate): readonly Document[] {
  const gatewayApi = "gateway.networking.k8s.io/v1";
  const all = { namespaces: { from: "All" } };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const tls = { certificateRefs: [{ name: "a" }] };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    {
      apiVersion: gatewayApi,
      kind: "GatewayClass",
      metadata: { name: "a" },
      spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    },
    {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: { name: "a", namespace: "default" },
      spec: {
        gatewayClassName: "a",
        listeners: [
          { name: "web", port: 80, protocol: "HTTP", allowedRoutes: all },
          { name: "a", port: 443, protocol: "HTTPS", tls, allowedRoutes: all },
          { name: "b", port: 443, protocol: "HTTPS", hostname: "*.example.com", tls, allowedRoutes: all },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a", namespace: "default" },
      type: "kubernetes.io/tls",
      data: { "tls.crt": base64(certificate), "tls.key": base64(key) },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "a", namespace: "default" },
      spec: { clusterIP: "10.0.0.1", ports: [{ port: 8080 }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "base", namespace: "default", labels: { "kubernetes.io/service-name": "a" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
      ports: [{ port: 8080 }],
    },
    {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "Backend",
      metadata: { name: "a", namespace: "default" },
      spec: { endpoints: [{ fqdn: { hostname: "example.com", port: 80 } }] },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata: { name: "a", namespace: "shop" },
      spec: {
        from: ["HTTPRoute", "GRPCRoute"].map((kind) => ({ group: "gateway.networking.k8s.io", kind, namespace: "default" })),
        to: [{ group: "", kind: "Service" }],
      },
    },
  ];
}
