/** ServiceImport. Source: sigs.k8s.io/mcs-api v0.5, serviceimport.go; KEP-1645. */
import { condition } from "../schema/condition.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";

const port = object("A port of the service.", {
  appProtocol: optional(string("The protocol spoken on the port, like `kubernetes.io/h2c`.")),
  name: optional(string("Name of the port, as EndpointSlices have it.")),
  port: integer("The port that clients use.", { format: "int32" }),
  protocol: optional(string("Transport protocol: TCP (where left out), UDP or SCTP.")),
});

/** The kind ServiceImport. Its CRD comes with the multi-cluster implementation; objects made without one may have no type. */
export const serviceImport = defineKind({
  group: "multicluster.x-k8s.io",
  versions: [{ name: "v1beta1", storage: true }, { name: "v1alpha1" }],
  custom: false,
  kind: "ServiceImport",
  plural: "serviceimports",
  shortNames: ["svcim", "svcimport"],
  scope: "Namespaced",
  description: "A service that several clusters offer together; its endpoints are in EndpointSlices like those of a Service.",
  fields: {
    spec: object("What the service is reached by. Fields that only the cluster itself needs are kept but not read.", {
      internalTrafficPolicy: optional(string("How nodes distribute requests to the service's own addresses.")),
      ipFamilies: optional(list("IP families of the service.", string("An IP family."), { maxItems: 2 })),
      ips: optional(list("Addresses of the service itself, for type ClusterSetIP.", string("An address."), { maxItems: 2 })),
      ports: list("Ports of the service.", port, { by: "atomic" }),
      sessionAffinity: optional(string("Whether requests of one client go to one endpoint: ClientIP or None.")),
      sessionAffinityConfig: optional(
        object("Details of session affinity.", {
          clientIP: optional(
            object("Affinity by the client's address.", {
              timeoutSeconds: optional(integer("How long it lasts, in seconds.", { format: "int32" })),
            }),
          ),
        }),
      ),
      trafficDistribution: optional(string("Which endpoints are preferred, as for a Service.")),
      type: choice("Whether the service has addresses of its own.", ["ClusterSetIP", "Headless", ""]),
    }),
    status: optional(
      object("Where the service comes from.", {
        clusters: optional(
          list("The clusters that offer it.", object("A cluster.", { cluster: string("Name of the cluster.") }), {
            by: ["cluster"],
          }),
        ),
        conditions: optional(list("State, aspect by aspect.", condition, { by: ["type"] })),
        endpointSliceObjects: optional(choice("Whether EndpointSlices were imported.", ["Present", "Absent"])),
      }),
    ),
  },
});

/** A service that several clusters offer together. */
export type ServiceImport = ObjectOf<typeof serviceImport>;
