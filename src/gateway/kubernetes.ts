import { hostname } from "node:os";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { systemClock } from "../graph/index.ts";
import { controllerHost } from "../infra/kubernetes/objects/cluster-site.ts";
import { tokenAccount } from "../infra/kubernetes/objects/service-account.ts";
import type { Logs } from "../log/logger.ts";
import type { TokenCheck } from "../xds/server/authorizer.ts";
import type { Closers } from "./closers.ts";
import { exchangeFindings } from "./findings-exchange.ts";
import { followCollections } from "./followed-collections.ts";
import { type ClusterChoice, type KubernetesObjects, kubernetesObjects } from "./kubernetes-objects.ts";
import { clusterSite, openKubernetesProxies } from "./kubernetes-proxies.ts";
import { anyAddress, openMountedChannel, readMounted } from "./mounted-channel.ts";
import { checkProxyTokens } from "./proxy-tokens.ts";
import type { SharedParts, Surroundings } from "./surroundings.ts";

/** What the surroundings of a control plane in a cluster are made from. */
export interface InKubernetesOptions extends ClusterChoice {
  readonly config: EnvoyGateway;
  readonly logs: Logs;
  /** The folder of the control plane's certificate. Default: `/certs`. */
  readonly certificates?: string;
}

/** Objects from and proxies on the cluster that the control plane is in. Rejects, in words for the user, when it cannot be found. */
export async function inKubernetes(options: InKubernetesOptions, closers: Closers): Promise<Surroundings> {
  const { config, logs, certificates = "/certs", ...choice } = options;
  const objects = await kubernetesObjects(config.provider.kubernetes ?? {}, choice, logs, closers);
  return {
    ...objects,
    host: anyAddress(),
    proxiesStay: true,
    openChannel(channel, closing) {
      const tokens = proxyTokens(channel, objects);
      return openMountedChannel({ ...channel, folder: certificates, ...(tokens && { tokens }) }, closing);
    },
    openInfrastructure: async (infrastructure, closing) => {
      const { whileLeading, controllerNamespace, cluster } = objects;
      const mounted = { folder: certificates, certificates: await readMounted(certificates) };
      const here = { client: cluster.client, controllerNamespace, whileLeading, host: anyAddress() };
      return openKubernetesProxies({ ...infrastructure, ...here, ...mounted }, closing);
    },
    ...(config.provider.kubernetes?.leaderElection?.disable !== true && { shareFindings: shareFindings(objects) }),
    envoyAdmin: () => undefined,
  };
}

/** Replicas share what their proxies refuse, in the namespace of the control plane. */
function shareFindings({ cluster: { client }, controllerNamespace: namespace }: KubernetesObjects) {
  return ({ pipeline, gathering, logs }: SharedParts) => {
    const log = logs.for("xds-server");
    const write = (fn: () => void) => gathering.write(fn);
    const following = { client, follow: followCollections(client, log), namespace, replica: hostname() };
    return exchangeFindings({ ...following, pipeline, write, clock: systemClock, log });
  };
}

/** Proxies beside their Gateways cannot have the certificate, which is a Secret of the control plane's namespace: they have tokens. */
function proxyTokens(
  { config, logs, pipeline }: SharedParts,
  { cluster, controllerNamespace }: KubernetesObjects,
): TokenCheck | undefined {
  if (config.provider.kubernetes?.deploy?.type !== "GatewayNamespace") return undefined;
  const site = clusterSite(config, controllerNamespace);
  return checkProxyTokens({
    client: cluster.client,
    audience: controllerHost(site),
    accountOf(scope) {
      const infra = pipeline.infra.get(scope);
      return infra && tokenAccount(infra, site);
    },
    log: logs.for("xds-server"),
  });
}
