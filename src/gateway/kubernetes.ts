import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import type { Logs } from "../log/logger.ts";
import type { Closers } from "./closers.ts";
import { type ClusterChoice, kubernetesObjects } from "./kubernetes-objects.ts";
import { openKubernetesProxies } from "./kubernetes-proxies.ts";
import { anyAddress, openMountedChannel, readMounted } from "./mounted-channel.ts";
import type { Surroundings } from "./surroundings.ts";

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
    openChannel: (channel, closing) => openMountedChannel({ ...channel, folder: certificates }, closing),
    openInfrastructure: async (infrastructure, closing) => {
      const { whileLeading, controllerNamespace, cluster } = objects;
      const mounted = { folder: certificates, certificates: await readMounted(certificates) };
      const here = { client: cluster.client, controllerNamespace, whileLeading, host: anyAddress() };
      return openKubernetesProxies({ ...infrastructure, ...here, ...mounted }, closing);
    },
    envoyAdmin: () => undefined,
  };
}
