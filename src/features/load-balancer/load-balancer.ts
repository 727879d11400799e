/** How an endpoint is chosen. Source: Envoy Gateway v1.9, loadbalancer_types.go; envoy/extensions/load_balancing_policies. */
import type { TypedExtensionConfigJson } from "#envoy/envoy/config/core/v3/extension_pb";
import type { RouteAction_HashPolicyJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { ClusterSettings } from "../../api/envoy/cluster-settings.ts";
import { durationMs } from "../../api/gateway/duration.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { durationJson } from "../proto-duration.ts";
import { typed } from "../typed-config.ts";

type LoadBalancer = NonNullable<ClusterSettings["loadBalancer"]>;
type ConsistentHash = NonNullable<LoadBalancer["consistentHash"]>;

const part = slot<LoadBalancer>("load-balancer");

/** Fields and policies that are not built. */
const unbuiltFields = ["zoneAware", "endpointOverride"] as const;
const unbuiltTypes: readonly LoadBalancer["type"][] = ["BackendUtilization", "DynamicModule"];

/** The policy by which an endpoint is chosen for a request, where it is not the one with the fewest requests. */
export const loadBalancer: Feature = {
  name: part.name,
  clusterField: {
    translate({ loadBalancer: settings }, parts) {
      if (settings === undefined) return { parts, mistakes: [] };
      const { type } = settings;
      const mistakes = unbuiltFields
        .filter((field) => settings[field] !== undefined)
        .map((field) => `loadBalancer.${field}: is not built yet in this version; remove it`);
      if (!unbuiltTypes.includes(type)) return { parts: part.set(parts, settings), mistakes };
      const mistake = `loadBalancer.type: ${type} is not built yet in this version; use LeastRequest, RoundRobin, Random or ConsistentHash`;
      return { parts, mistakes: [...mistakes, mistake] };
    },
  },
  cluster(draft, { parts }) {
    const settings = part.of(parts);
    if (settings === undefined) return draft;
    return { ...draft, loadBalancingPolicy: { policies: [{ typedExtensionConfig: policy(settings) }] } };
  },
  upstream(draft, { parts }) {
    const hash = part.of(parts)?.consistentHash;
    return hash === undefined ? draft : { ...draft, hashPolicy: hashPolicies(hash) };
  },
};

const byWeight = { localityLbConfig: { localityWeightedLbConfig: {} } };

function policy({ type, consistentHash, slowStart }: LoadBalancer): TypedExtensionConfigJson {
  const slow = slowStart && { slowStartConfig: { slowStartWindow: durationJson(durationMs(slowStart.window)) } };
  const prefix = "envoy.load_balancing_policies";
  switch (type) {
    case "ConsistentHash": {
      const typedConfig = typed("envoy.extensions.load_balancing_policies.maglev.v3.Maglev", {
        tableSize: `${consistentHash?.tableSize ?? 65537}`,
      });
      return { name: `${prefix}.maglev`, typedConfig };
    }
    case "Random":
      return {
        name: `${prefix}.random`,
        typedConfig: typed("envoy.extensions.load_balancing_policies.random.v3.Random", byWeight),
      };
    case "RoundRobin": {
      const config = { ...byWeight, ...slow };
      const typedConfig = typed("envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin", config);
      return { name: `${prefix}.round_robin`, typedConfig };
    }
    default: {
      const config = { ...byWeight, ...slow };
      const typedConfig = typed("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", config);
      return { name: `${prefix}.least_request`, typedConfig };
    }
  }
}

/** What of a request chooses its endpoint, for requests that no route leads to the cluster. */
function hashPolicies({ type, header, headers = [], cookie, queryParams = [] }: ConsistentHash): RouteAction_HashPolicyJson[] {
  switch (type) {
    case "SourceIP":
      return [{ connectionProperties: { sourceIp: true } }];
    case "Header":
      return header === undefined ? [] : [{ header: { headerName: header.name } }];
    case "Headers":
      return headers.map(({ name }) => ({ header: { headerName: name } }));
    case "QueryParams":
      return queryParams.map(({ name }) => ({ queryParameter: { name } }));
    default: {
      if (cookie === undefined) return [];
      const { name, ttl, attributes } = cookie;
      const sorted = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      return [
        {
          cookie: {
            name,
            ...(ttl !== undefined && { ttl: durationJson(durationMs(ttl)) }),
            ...(sorted.length > 0 && { attributes: sorted.map(([key, value]) => ({ name: key, value })) }),
          },
        },
      ];
    }
  }
}
