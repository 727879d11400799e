import type { LbEndpointJson, LocalityLbEndpointsJson } from "#envoy/envoy/config/endpoint/v3/endpoint_components_pb";
import type { ClusterLoadAssignmentJson } from "#envoy/envoy/config/endpoint/v3/endpoint_pb";
import type { Destination, DestinationSetting, Endpoint } from "../../ir/xds.ts";
import { metadataOf } from "./metadata.ts";
import { socketMatchName } from "./upstream-tls.ts";

/** The endpoints of a destination's cluster. `endpointsOf` gives those behind a backend, by its key. */
export function loadAssignment(
  destination: Destination,
  endpointsOf: (backend: string) => readonly Endpoint[],
): ClusterLoadAssignmentJson {
  const localities = (setting: DestinationSetting, index: number) => {
    const socket = socketMatchName(destination.name, setting, index);
    const endpoints = endpointsOf(setting.backend);
    const members = { endpoints, ...(socket !== undefined && { socket }) };
    return setting.zoneAware === undefined ? weighted(setting, members) : byZone(setting, members);
  };
  return { clusterName: destination.name, endpoints: destination.settings.flatMap(localities) };
}

/** Endpoints, and the transport socket that they choose; plain text where left out. */
interface Members {
  readonly endpoints: readonly Endpoint[];
  readonly socket?: string;
}

/** One locality for the whole setting: its weight is the setting's share of the requests. */
function weighted(setting: DestinationSetting, members: Members): LocalityLbEndpointsJson[] {
  return [{ locality: { region: setting.name }, loadBalancingWeight: setting.weight, ...localityFields(setting, members) }];
}

/** One locality for each zone, in the order of their names, so that Envoy can tell its own. */
function byZone(setting: DestinationSetting, { endpoints, ...socket }: Members): LocalityLbEndpointsJson[] {
  const zones = Map.groupBy(endpoints, ({ zone }) => zone ?? "");
  return [...zones]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([zone, members]) => ({
      locality: zone === "" ? {} : { zone },
      ...localityFields(setting, { endpoints: members, ...socket }),
    }));
}

function localityFields(setting: DestinationSetting, { endpoints, socket }: Members): LocalityLbEndpointsJson {
  return {
    lbEndpoints: endpoints.map((endpoint) => lbEndpoint(endpoint, socket)),
    ...(setting.sourceUntold !== true && { metadata: metadataOf([setting.source]) }),
    ...(setting.priority > 0 && { priority: setting.priority }),
  };
}

function lbEndpoint({ address, port, unixSocket, hostname, draining }: Endpoint, socket: string | undefined): LbEndpointJson {
  const at = unixSocket === true ? { pipe: { path: address } } : { socketAddress: { address, portValue: port } };
  return {
    endpoint: { address: at, ...(hostname !== undefined && { hostname }) },
    loadBalancingWeight: 1,
    ...(draining === true && { healthStatus: "DRAINING" }),
    ...(socket !== undefined && { metadata: { filterMetadata: { "envoy.transport_socket_match": { name: socket } } } }),
  };
}
