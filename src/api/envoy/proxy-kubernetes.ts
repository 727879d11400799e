/** How proxies run on Kubernetes: `spec.provider.kubernetes` of EnvoyProxy. */
import type { ValidationRule } from "../schema/schema.ts";
import { boolean, choice, intOrString, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { autoscaler } from "./autoscaler.ts";
import { daemonSet, deployment, generatedObjectFields } from "./workload.ts";

const labels = {
  annotations: optional(map("Annotations to add.", string("Value."))),
  labels: optional(map("Labels to add.", string("Value."))),
};

const onlyForLoadBalancer = (field: string): ValidationRule => ({
  rule: `!has(self.${field}) || self.type == 'LoadBalancer'`,
  message: `${field} can only be set for LoadBalancer type`,
});

const ipv4 = "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$";

const service = object(
  "The Service in front of the proxies.",
  {
    ...generatedObjectFields,
    ...labels,
    allocateLoadBalancerNodePorts: optional(boolean("Whether a node port is taken for every port.")),
    externalTrafficPolicy: choice("`Local` keeps the client's address, `Cluster` spreads the load.", ["Local", "Cluster"], {
      default: "Local",
    }),
    loadBalancerClass: optional(string("Which implementation makes the load balancer.")),
    loadBalancerIP: optional(
      string("Address of the load balancer.", {
        rules: [{ rule: `self.matches(r"${ipv4}")`, message: "loadBalancerIP must be a valid IPv4 address" }],
      }),
    ),
    loadBalancerSourceRanges: optional(list("Clients that may connect.", string("A CIDR."))),
    type: choice("What kind of Service.", ["ClusterIP", "LoadBalancer", "NodePort"], { default: "LoadBalancer" }),
  },
  { rules: ["allocateLoadBalancerNodePorts", "loadBalancerSourceRanges", "loadBalancerIP"].map(onlyForLoadBalancer) },
);

/** How a Deployment may be disrupted. */
export const disruptionBudget = object(
  "How many pods may be taken down at a time.",
  {
    ...generatedObjectFields,
    maxUnavailable: optional(intOrString("Most that may be missing, as a number or in percent.")),
    minAvailable: optional(intOrString("Fewest that must stay, as a number or in percent.")),
  },
  {
    rules: [
      {
        rule: "(has(self.minAvailable) && !has(self.maxUnavailable)) || (!has(self.minAvailable) && has(self.maxUnavailable))",
        message: "only one of minAvailable or maxUnavailable can be specified",
      },
    ],
  },
);

/** Not both fields; the rule of the CRD, which names the three cases that are left. */
function atMostOne(a: string, b: string): string {
  return `((has(self.${a}) && !has(self.${b})) || (!has(self.${a}) && has(self.${b}))) || (!has(self.${a}) && !has(self.${b}))`;
}

/** Settings of proxies that run on Kubernetes. */
export const proxyKubernetes = object(
  "How proxies run on Kubernetes.",
  {
    envoyDaemonSet: optional(daemonSet),
    envoyDeployment: optional(deployment),
    envoyHpa: optional(autoscaler),
    envoyPDB: optional(disruptionBudget),
    envoyService: optional(service),
    envoyServiceAccount: optional(
      object("The ServiceAccount of the proxies.", {
        name: optional(string("Name; made from the Gateway's where it is left out.")),
      }),
    ),
    useListenerPortAsContainerPort: optional(boolean("Ports below 1024 are bound as they are, instead of 10000 higher.")),
  },
  {
    rules: [
      {
        rule: atMostOne("envoyDeployment", "envoyDaemonSet"),
        message: "only one of envoyDeployment or envoyDaemonSet can be specified",
      },
      { rule: atMostOne("envoyHpa", "envoyDaemonSet"), message: "cannot use envoyHpa if envoyDaemonSet is used" },
    ],
  },
);
