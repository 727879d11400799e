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

const imageName = "([-a-zA-Z0-9._]+(:[0-9]+)?/)?[-a-zA-Z0-9._/]+";

const container = object(
  "The container that runs Envoy.",
  {
    ...containerFields,
    image: optional(
      string("Image with its tag or digest.", {
        rules: [
          {
            rule: `self.matches('^${imageName}(:[-a-zA-Z0-9._]+(@sha256:[a-z0-9]+)?|@sha256:[a-z0-9]+)$')`,
            message: "image must be a name with a tag or digest, like registry.example.com/envoy:v1",
          },
        ],
      }),
    ),
    imageRepository: optional(
      string("Image without a tag; the tag is that of the default image.", {
        rules: [
          {
            rule: `self.matches('^${imageName}$')`,
            message: "imageRepository must be a name without a tag, like registry.example.com/envoy",
          },
        ],
      }),
    ),
  },
  {
    rules: [
      { rule: "!has(self.image) || !has(self.imageRepository)", message: "image and imageRepository cannot be set together" },
    ],
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
  message: `${field} can be set only if type is LoadBalancer`,
});

const ipv4 = "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)[.]){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$";

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
        rules: [{ rule: `self.matches('${ipv4}')`, message: "loadBalancerIP must be an IPv4 address" }],
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
        rule: "!has(self.minReplicas) || self.minReplicas <= self.maxReplicas",
        message: "maxReplicas must not be below minReplicas",
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
        rule: "has(self.minAvailable) != has(self.maxUnavailable)",
        message: "exactly one of minAvailable and maxUnavailable must be set",
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
        rule: "!has(self.envoyDeployment) || !has(self.envoyDaemonSet)",
        message: "envoyDeployment and envoyDaemonSet cannot be set together",
      },
      { rule: "!has(self.envoyHpa) || !has(self.envoyDaemonSet)", message: "envoyHpa cannot be used with envoyDaemonSet" },
    ],
  },
);
