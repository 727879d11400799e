/** How proxies run on Kubernetes: `spec.provider.kubernetes` of EnvoyProxy. */
import type { ValidationRule } from "../schema/schema.ts";
import { anything, boolean, choice, integer, intOrString, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { containerFields, initContainer, podFields, rollout } from "./pod.ts";

const patch = object("A patch of the generated object.", {
  type: optional(string("`StrategicMerge` (default) or `JSONMerge`.")),
  value: anything("The patch."),
});

const common = {
  name: optional(string("Name of the object; made from the Gateway's where it is left out.")),
  patch: optional(patch),
};

const labels = {
  annotations: optional(map("Annotations to add.", string("Value."))),
  labels: optional(map("Labels to add.", string("Value."))),
};

const container = object(
  "The container that runs Envoy.",
  {
    ...containerFields,
    image: optional(
      string("Image with its tag or digest.", {
        rules: [
          {
            rule: "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?(/[a-zA-Z0-9._/-]+)?(:[a-zA-Z0-9._-]+)?(@sha256:[a-z0-9]+)?$')",
            message: "Image must include a tag and allowed characters only (e.g., 'repo:tag').",
          },
        ],
      }),
    ),
    imageRepository: optional(
      string("Image without a tag; the tag is that of the default image.", {
        rules: [
          {
            rule: "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?[a-zA-Z0-9._/-]+$')",
            message: "ImageRepository must contain only allowed characters and must not include a tag.",
          },
        ],
      }),
    ),
  },
  {
    rules: [{ rule: "!has(self.image) || !has(self.imageRepository)", message: "Either image or imageRepository can be set." }],
  },
);

const workload = {
  ...common,
  container: optional(container),
  pod: optional(object("The pods.", podFields)),
  strategy: optional(rollout),
};

const onlyForLoadBalancer = (field: string): ValidationRule => ({
  rule: `!has(self.${field}) || self.type == 'LoadBalancer'`,
  message: `${field} can only be set for LoadBalancer type`,
});

const ipv4 = "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$";

const service = object(
  "The Service in front of the proxies.",
  {
    ...common,
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

const positive = (field: string): readonly ValidationRule[] => [{ rule: "self > 0", message: `${field} must be greater than 0` }];

/** Autoscaling of a Deployment. */
export const autoscaler = object(
  "Autoscaling of the Deployment.",
  {
    ...common,
    behavior: optional(object("How fast it scales (autoscaling/v2 HorizontalPodAutoscalerBehavior).", {}, { open: true })),
    maxReplicas: integer("Most pods.", { format: "int32", rules: positive("maxReplicas") }),
    metrics: optional(
      list(
        "What it scales by; 80 % of the requested CPU where it is left out (autoscaling/v2 MetricSpec).",
        object("A metric.", {}, { open: true }),
      ),
    ),
    minReplicas: optional(integer("Fewest pods.", { format: "int32", rules: positive("minReplicas") })),
  },
  {
    rules: [
      {
        rule: "!has(self.minReplicas) || self.maxReplicas >= self.minReplicas",
        message: "maxReplicas cannot be less than minReplicas",
      },
    ],
  },
);

/** How a Deployment may be disrupted. */
export const disruptionBudget = object(
  "How many pods may be taken down at a time.",
  {
    ...common,
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

/** A Deployment with what may be set of it. */
export const deployment = object("A Deployment and its pods.", {
  ...workload,
  initContainers: optional(list("Containers that run before Envoy.", initContainer)),
  replicas: optional(integer("How many; 1 where it is left out.", { format: "int32" })),
});

/** Not both fields; the rule of the CRD, which names the three cases that are left. */
function atMostOne(a: string, b: string): string {
  return `((has(self.${a}) && !has(self.${b})) || (!has(self.${a}) && has(self.${b}))) || (!has(self.${a}) && !has(self.${b}))`;
}

/** Settings of proxies that run on Kubernetes. */
export const proxyKubernetes = object(
  "How proxies run on Kubernetes.",
  {
    envoyDaemonSet: optional(object("The proxies run as a DaemonSet.", workload)),
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
