import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { watchCertificates } from "../certificates/certificate-watch.ts";
import type { TlsMaterial } from "../certificates/material.ts";
import type { Infrastructure } from "../infra/infrastructure.ts";
import { createKubernetesInfrastructure } from "../infra/kubernetes/kubernetes-infrastructure.ts";
import { type ClusterSite, readClusterSite } from "../infra/kubernetes/objects/cluster-site.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import { deriveHeldClasses, holdClasses } from "./class-finalizers.ts";
import type { Closers } from "./closers.ts";
import { followCollections } from "./followed-collections.ts";
import { namingScheme } from "./naming-scheme.ts";
import type { InfrastructureOptions, Surroundings } from "./surroundings.ts";
import { systemTrustFile } from "./system-trust.ts";
import { openTopologyWebhook } from "./topology-webhook.ts";
import { countWrites } from "./write-metrics.ts";

/** What the proxies of a cluster are made from. */
export interface KubernetesProxyOptions extends InfrastructureOptions, Pick<Surroundings, "whileLeading"> {
  readonly client: ApiClient;
  readonly controllerNamespace: string;
  /** The folder of the control plane's certificate, and what is in it. */
  readonly folder: string;
  readonly certificates: TlsMaterial;
  /** The address that the webhook is served on. */
  readonly host: string;
}

/** Prepares to run proxies on a cluster. Rejects, in words for the user, when the port of the webhook cannot be had. */
export async function openKubernetesProxies(options: KubernetesProxyOptions, closers: Closers): Promise<Infrastructure> {
  const { client, config, controllerNamespace, folder, certificates, host, logs, metrics, pipeline, report, whileLeading } =
    options;
  const log = logs.for("infrastructure");
  let authority = certificates.ca;
  const site = clusterSite(config, controllerNamespace);
  const namespaces = fleetNamespaces(options);
  const infrastructure = createKubernetesInfrastructure({
    client,
    follow: followCollections(client, log),
    site: () => ({ ...site, authority }),
    namespaces,
    report,
    observer: countWrites(metrics),
    log,
  });
  const watch = watchCertificates(folder, certificates, {
    onChange({ ca }) {
      authority = ca;
      infrastructure.siteChanged();
    },
    onProblem: () => {},
  });
  closers.add(() => watch.close());
  // Whoever leads no more writes no more.
  closers.add(whileLeading(() => () => void infrastructure.rest()));
  const held = deriveHeldClasses(pipeline.graph, pipeline);
  closers.add(whileLeading(() => holdClasses(pipeline.graph, held, client, log)));
  if (config.provider.kubernetes?.proxyTopologyInjector?.disabled !== true) {
    await openTopologyWebhook({ client, namespaces, folder, certificates, metrics, log, host }, closers);
  }
  return infrastructure;
}

/** The cluster as the configuration and the environment say that it is. */
export function clusterSite(config: EnvoyGateway, controllerNamespace: string): ClusterSite {
  return readClusterSite(config, {
    controllerNamespace,
    clusterDomain: process.env.KUBERNETES_CLUSTER_DOMAIN,
    systemTrustFile: systemTrustFile(false),
    compatible: namingScheme(config).compatible,
  });
}

/** The namespaces that fleets may be in; undefined: all. */
function fleetNamespaces({ config, controllerNamespace }: KubernetesProxyOptions): readonly string[] | undefined {
  const { deploy, watch } = config.provider.kubernetes ?? {};
  if (deploy?.type !== "GatewayNamespace") return [controllerNamespace];
  // Fleets that Gateways share stay with the control plane.
  return watch?.namespaces && [...new Set([...watch.namespaces, controllerNamespace])];
}
