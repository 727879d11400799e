/** Service. Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { ValueOf } from "../schema/schema.ts";
import { anything, choice, integer, intOrString, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { coreKind } from "./core-kind.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

const port = object("A port of the Service.", {
  appProtocol: optional(string("The protocol spoken on the port, like `kubernetes.io/h2c`.")),
  name: optional(string("Name of the port; required where there are several.", { maxLength: 63, pattern: `^$|^${label}$` })),
  nodePort: optional(integer("Port on every node, for types NodePort and LoadBalancer.", { minimum: 0, maximum: 65535 })),
  port: integer("The port that clients use.", { minimum: 1, maximum: 65535 }),
  protocol: choice("Transport protocol.", ["TCP", "UDP", "SCTP"], { default: "TCP" }),
  targetPort: optional(intOrString("Port of the pods, by number or name; `port` where left out.")),
});

const ipFamily = choice("An IP family.", ["IPv4", "IPv6"]);

const spec = object(
  "What the Service stands for. Fields that only the cluster itself needs are kept but not read.",
  {
    clusterIP: optional(string("Address of the Service in the cluster, or `None` for a headless one.")),
    clusterIPs: optional(list("Addresses of the Service, one per IP family.", string("An address."), { by: "atomic" })),
    externalName: optional(string("Host that the Service stands for, for type ExternalName.")),
    ipFamilies: optional(list("IP families of the Service.", ipFamily, { maxItems: 2, by: "atomic" })),
    ipFamilyPolicy: optional(
      choice("How many IP families the Service has.", ["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ),
    ports: optional(
      list("Ports of the Service.", port, {
        rules: [
          {
            rule: "self.size() <= 1 || self.all(p, has(p.name) && p.name != '')",
            message: "every port must have a name where there are several",
          },
          {
            rule: "self.all(p, !has(p.name) || p.name == '' || self.exists_one(q, has(q.name) && q.name == p.name))",
            message: "names of ports must be unique",
          },
          {
            rule: "self.all(p, self.exists_one(q, q.port == p.port && q.protocol == p.protocol))",
            message: "port and protocol must be unique",
          },
        ],
      }),
    ),
    selector: optional(map("Labels of the pods that serve.", string("Value."))),
    trafficDistribution: optional(string("Which endpoints are preferred: `PreferClose` or `PreferSameZone`, `PreferSameNode`.")),
    type: choice("How the Service is reached.", ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"], {
      default: "ClusterIP",
    }),
  },
  {
    open: true,
    rules: [
      {
        rule: "self.type == 'ExternalName' ? has(self.externalName) && self.externalName != '' : true",
        message: "type ExternalName needs the host that the Service stands for",
        fieldPath: ".externalName",
        reason: "FieldValueRequired",
      },
      {
        rule: "self.type == 'ExternalName' || (has(self.clusterIP) && self.clusterIP == 'None') || (has(self.ports) && self.ports.size() > 0)",
        message: "only headless Services and those of type ExternalName do without ports",
        fieldPath: ".ports",
        reason: "FieldValueRequired",
      },
    ],
  },
);

/** The kind Service. */
export const service = defineKind({
  ...coreKind,
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  scope: "Namespaced",
  nameRule: "label-1035",
  description: "A name for a group of endpoints, which its EndpointSlices list.",
  fields: { spec, status: optional(anything("Addresses of load balancers and the like.")) },
});

/** A name for a group of endpoints. */
export type Service = ObjectOf<typeof service>;

/** A port of a Service. */
export type ServicePort = ValueOf<typeof port>;
