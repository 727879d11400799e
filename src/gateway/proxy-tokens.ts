import type { Collection } from "../graph/index.ts";
import { type ClusterSite, controllerHost } from "../infra/kubernetes/objects/cluster-site.ts";
import { planFleet } from "../infra/kubernetes/objects/fleet-plan.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import { reviewToken } from "../kubernetes/token-review.ts";
import type { TokenVerifier } from "../xds/server/authorizer.ts";

/**
 * Recognises proxies that run beside their Gateways by the tokens of their pods. A proxy reads the configuration of its own fleet only,
 * under its own name: the token must be of the fleet's ServiceAccount and of the very pod that asks.
 */
export function verifyProxyTokens(client: ApiClient, fleets: Collection<ProxyInfra>, site: ClusterSite): TokenVerifier {
  const audience = controllerHost(site);
  return async (token) => {
    const holder = await reviewToken(client, token, audience);
    if (holder === undefined) return undefined;
    const { namespace, serviceAccount, pod } = holder;
    return {
      name: `pod ${namespace}/${pod}`,
      scopeOf({ id, cluster }) {
        const infra = fleets.get(cluster);
        if (infra === undefined || id !== pod) return undefined;
        const plan = planFleet(infra, site);
        const own = plan.besideGateway && plan.names.namespace === namespace && plan.serviceAccount === serviceAccount;
        return own ? cluster : undefined;
      },
    };
  };
}
