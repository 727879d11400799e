/** Fleets of proxies as tests of infrastructure need them. */
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import type { ClusterSite } from "../../src/infra/kubernetes/objects/cluster-site.ts";
import { usualImages } from "../../src/infra/kubernetes/objects/cluster-site.ts";
import type { KubernetesSettings } from "../../src/infra/kubernetes/objects/fleet-plan.ts";
import type { ProxyInfra } from "../../src/ir/infra.ts";

/** A cluster with the control plane in `envoy-gateway-system`. */
export const clusterSite: ClusterSite = {
  controllerNamespace: "envoy-gateway-system",
  clusterDomain: "cluster.local",
  deploy: "ControllerNamespace",
  zoneAware: true,
  images: usualImages,
  systemTrustFile: "/etc/ssl/certs/ca-certificates.crt",
  authority: "-----BEGIN CERTIFICATE-----\n",
  compatible: false,
};

/** The fleet of the Gateway `namespace/name`, with one HTTP port. */
export function fleet(key: string, changes: Partial<ProxyInfra> = {}): ProxyInfra {
  const [namespace = "", name = ""] = key.split("/");
  return {
    scope: key,
    owner: { kind: "Gateway", namespace, name, uid: `uid-of-${name}` },
    gatewayClass: { name: "eg", uid: "uid-of-class" },
    listeners: [{ name: "http-80", protocol: "TCP", servicePort: 80, containerPort: 10080 }],
    addresses: [],
    labels: {},
    annotations: {},
    proxy: undefined,
    ...changes,
  };
}

/** An EnvoyProxy's specification that says only how proxies run on Kubernetes. */
export function onKubernetes(kubernetes: KubernetesSettings, more: Partial<EnvoyProxySpec> = {}): Partial<EnvoyProxySpec> {
  return { provider: { type: "Kubernetes", kubernetes }, ...more };
}
