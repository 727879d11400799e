import { isIPv6 } from "node:net";
import type { InfraPort, ProxyInfra } from "../../../ir/infra.ts";
import { type FleetPlan, type KubernetesSettings, metadataOf } from "./fleet-plan.ts";
import { defined, type Json, type KubernetesObject } from "./kubernetes-object.ts";

/** The Service in front of a fleet. Source: Envoy Gateway v1.9, internal/infrastructure/kubernetes/proxy. */
export function service(plan: FleetPlan): KubernetesObject {
  const { infra, kubernetes } = plan;
  const { envoyService = {} as Partial<ServiceSettings> } = kubernetes;
  const metadata = metadataOf(plan, envoyService.name);
  const annotations = { ...metadata.annotations, ...envoyService.annotations };
  const type = envoyService.type ?? "LoadBalancer";
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...envoyService.labels, ...plan.selector },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      type,
      sessionAffinity: "None",
      selector: plan.selector,
      ...(infra.listeners.length > 0 && { ports: infra.listeners.map(servicePort) }),
      ...exposure(type, envoyService),
      ...addressFields(type, infra.addresses),
      ...families(infra.ipFamily),
    },
  };
}

type ServiceSettings = NonNullable<KubernetesSettings["envoyService"]>;

function servicePort({ name, protocol, servicePort: port, containerPort: targetPort }: InfraPort): Json {
  return { name, protocol, port, targetPort };
}

/** What has a meaning only for clients from outside of the cluster. */
function exposure(type: ServiceSettings["type"], settings: Partial<ServiceSettings>): Json {
  if (type === "ClusterIP") return {};
  const externalTrafficPolicy = settings.externalTrafficPolicy ?? "Local";
  if (type === "NodePort") return { externalTrafficPolicy };
  const { allocateLoadBalancerNodePorts, loadBalancerClass, loadBalancerIP, loadBalancerSourceRanges } = settings;
  return {
    externalTrafficPolicy,
    ...defined({ allocateLoadBalancerNodePorts, loadBalancerClass, loadBalancerIP, loadBalancerSourceRanges }),
  };
}

/**
 * The addresses that Gateways ask for: taken by the cluster's nodes from outside, or given to the Service itself, which takes one of
 * each family.
 */
function addressFields(type: ServiceSettings["type"], addresses: readonly string[]): Json {
  const [first] = addresses;
  if (first === undefined) return {};
  if (type !== "ClusterIP") return { externalIPs: addresses };
  const other = addresses.find((address) => isIPv6(address) !== isIPv6(first));
  return { clusterIP: first, clusterIPs: other === undefined ? [first] : [first, other] };
}

function families(ipFamily: ProxyInfra["ipFamily"]): Json {
  if (ipFamily === undefined) return {};
  if (ipFamily === "DualStack") return { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" };
  return { ipFamilies: [ipFamily], ipFamilyPolicy: "SingleStack" };
}
