/** Objects from and proxies on Kubernetes: `provider.kubernetes` of the EnvoyGateway file. */
import { autoscaler } from "../envoy/autoscaler.ts";
import { disruptionBudget } from "../envoy/proxy-kubernetes.ts";
import { deployment } from "../envoy/workload.ts";
import { duration } from "../gateway/names.ts";
import { labelSelector } from "../gateway/selector.ts";
import { boolean, choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";

const watch = object(
  "Which namespaces are looked at. Left out: all.",
  {
    namespaceSelector: optional(labelSelector),
    namespaces: optional(list("The namespaces.", string("A namespace."))),
    type: optional(choice("How they are chosen.", ["Namespaces", "NamespaceSelector"])),
  },
  {
    rules: [
      {
        rule: "!has(self.type) || self.type != 'Namespaces' || has(self.namespaces) && size(self.namespaces) > 0",
        message: "namespaces must be set if type is Namespaces",
      },
      {
        rule: "!has(self.type) || self.type != 'NamespaceSelector' || has(self.namespaceSelector)",
        message: "namespaceSelector must be set if type is NamespaceSelector",
      },
    ],
  },
);

const rate = (description: string, preset: number) => integer(description, { default: preset, format: "int32", minimum: 1 });

/** How a Kubernetes API server is talked to. */
export const kubernetesClientFields = {
  cacheSyncPeriod: optional(duration("All objects are looked at again after so long; 10h where it is left out.")),
  client: optional(
    object("Requests to the API server.", {
      rateLimit: optional(
        object("Limits of requests.", { burst: rate("Requests at once.", 100), qps: rate("Requests per second.", 50) }),
      ),
    }),
  ),
  leaderElection: optional(
    object("Which of several replicas writes.", {
      disable: boolean("This one always does.", { default: false }),
      leaseDuration: duration("Others wait so long before they take over.", { default: "15s" }),
      renewDeadline: duration("The leader gives up after so long without success.", { default: "10s" }),
      retryPeriod: duration("Time between tries.", { default: "2s" }),
    }),
  ),
  watch: optional(watch),
};

/** The provider `Kubernetes`. */
export const kubernetesProvider = object("Objects from and proxies on Kubernetes.", {
  ...kubernetesClientFields,
  deploy: optional(
    object("Where proxies run.", {
      type: choice("In the namespace of the controller, or of their Gateway.", ["ControllerNamespace", "GatewayNamespace"], {
        default: "ControllerNamespace",
      }),
    }),
  ),
  proxyTopologyInjector: optional(
    object("The webhook that tells proxies their zone.", { disabled: boolean("There is none.", { default: false }) }),
  ),
  rateLimitDeployment: optional(deployment),
  rateLimitHpa: optional(autoscaler),
  rateLimitPDB: optional(disruptionBudget),
  shutdownManager: optional(
    object("The container that drains a proxy before it ends.", { image: optional(string("Its image.")) }),
  ),
});
