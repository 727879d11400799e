/** EndpointSlice. Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { ValueOf } from "../schema/schema.ts";
import { boolean, choice, integer, list, map, object, optional, string } from "../schema/vocabulary.ts";

const forZone = object("A zone.", { name: string("Name of the zone.") });
const forNode = object("A node.", { name: string("Name of the node.") });

const reference = object("The object behind the endpoint, usually a Pod.", {
  apiVersion: optional(string("API version of the object.")),
  fieldPath: optional(string("Part of the object.")),
  kind: optional(string("Kind of the object.")),
  name: optional(string("Name of the object.")),
  namespace: optional(string("Namespace of the object.")),
  resourceVersion: optional(string("Version of the object.")),
  uid: optional(string("UID of the object.")),
});

const endpoint = object("Something that serves, with all its addresses.", {
  addresses: list("Addresses of the endpoint, all of the slice's type; the first is used.", string("An address."), {
    minItems: 1,
    maxItems: 100,
    by: "set",
  }),
  conditions: optional(
    object("Whether the endpoint can serve.", {
      ready: optional(boolean("It takes new connections. Unknown counts as true.")),
      serving: optional(boolean("It answers, also while it terminates. Unknown counts as `ready`.")),
      terminating: optional(boolean("It is going away. Unknown counts as false.")),
    }),
  ),
  deprecatedTopology: optional(map("Topology of old API versions.", string("Value."))),
  hints: optional(
    object("Who should prefer this endpoint.", {
      forNodes: optional(list("Clients on these nodes.", forNode, { maxItems: 8, by: "atomic" })),
      forZones: optional(list("Clients in these zones.", forZone, { maxItems: 8, by: "atomic" })),
    }),
  ),
  hostname: optional(string("Host name of the endpoint.")),
  nodeName: optional(string("The node that it runs on.")),
  targetRef: optional(reference),
  zone: optional(string("The zone that it runs in.")),
});

const port = object("A port of all endpoints.", {
  appProtocol: optional(string("The protocol spoken on the port.")),
  name: string("Name of the Service's port; empty where that has none.", {
    default: "",
    maxLength: 63,
    pattern: "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  }),
  port: optional(integer("Port of the endpoints; all ports where left out.", { minimum: 0, maximum: 65535 })),
  protocol: choice("Transport protocol.", ["TCP", "UDP", "SCTP"], { default: "TCP" }),
});

/** The kind EndpointSlice. */
export const endpointSlice = defineKind({
  group: "discovery.k8s.io",
  versions: [{ name: "v1", storage: true }],
  custom: false,
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  description: "Some of the endpoints of a Service, which the label `kubernetes.io/service-name` names.",
  fields: {
    addressType: choice("What the addresses are. Files may leave it empty: each address tells by itself.", [
      "IPv4",
      "IPv6",
      "FQDN",
      "",
    ]),
    endpoints: optional(list("The endpoints.", endpoint, { maxItems: 1000, by: "atomic" })),
    ports: optional(list("The ports of all endpoints.", port, { maxItems: 20000, by: "atomic" })),
  },
});

/** Some of the endpoints of a Service. */
export type EndpointSlice = ObjectOf<typeof endpointSlice>;

/** Something that serves. */
export type SliceEndpoint = ValueOf<typeof endpoint>;
