import type { LbEndpointJson, LocalityLbEndpointsJson } from "#envoy/envoy/config/endpoint/v3/endpoint_components_pb";
import type { ClusterLoadAssignmentJson } from "#envoy/envoy/config/endpoint/v3/endpoint_pb";
import type { Destination, DestinationSetting, Endpoint } from "../../ir/xds.ts";
import { metadataOf } from "./metadata.ts";

/** The endpoints of a destination's cluster. `endpointsOf` gives those behind a backend, by its key. */
export function loadAssignment(
  destination: Destination,
  endpointsOf: (backend: string) => readonly Endpoint[],
): ClusterLoadAssignmentJson {
  const localities = (setting: DestinationSetting) => {
    const endpoints = endpointsOf(setting.backend);
    return setting.zoneAware === undefined ? weighted(setting, endpoints) : byZone(setting, endpoints);
  };
  return { clusterName: destination.name, endpoints: destination.settings.flatMap(localities) };
}

/** One locality for the whole setting: its weight is the setting's share of the requests. */
function weighted(setting: DestinationSetting, endpoints: readonly Endpoint[]): LocalityLbEndpointsJson[] {
  return [{ locality: { region: setting.name }, loadBalancingWeight: setting.weight, ...localityFields(setting, endpoints) }];
}

/** One locality for each zone, in the order of their names, so that Envoy can tell its own. */
function byZone(setting: DestinationSetting, endpoints: readonly Endpoint[]): LocalityLbEndpointsJson[] {
  const zones = Map.groupBy(endpoints, ({ zone }) => zone ?? "");
  return [...zones]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([zone, members]) => ({ locality: zone === "" ? {} : { zone }, ...localityFields(setting, members) }));
}

function localityFields(setting: DestinationSetting, endpoints: readonly Endpoint[]): LocalityLbEndpointsJson {
  return {
    lbEndpoints: endpoints.map(lbEndpoint),
    ...(setting.sourceUntold !== true && { metadata: metadataOf([setting.source]) }),
    ...(setting.priority > 0 && { priority: setting.priority }),
  };
}

function lbEndpoint({ address, port, unixSocket, hostname, draining }: Endpoint): LbEndpointJson {
  const at = unixSocket === true ? { pipe: { path: address } } : { socketAddress: { address, portValue: port } };
  return {
    endpoint: { address: at, ...(hostname !== undefined && { hostname }) },
    loadBalancingWeight: 1,
    ...(draining === true && { healthStatus: "DRAINING" }),
  };
}
