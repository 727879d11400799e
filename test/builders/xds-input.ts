import type { Graph } from "../../src/graph/index.ts";
import type { XdsInput } from "../../src/xds/translator/derive-xds.ts";

/** The input of the xDS translation: `given`, and nothing of all else. */
export function xdsInput(graph: Graph, given: Partial<XdsInput>): XdsInput {
  const nothing = (name: string) => graph.source<never>(name);
  return {
    proxies: given.proxies ?? nothing("proxies"),
    fleetParts: given.fleetParts ?? nothing("fleet parts"),
    listeners: given.listeners ?? nothing("listeners"),
    streams: given.streams ?? nothing("streams"),
    streamRoutes: given.streamRoutes ?? nothing("stream routes"),
    secrets: given.secrets ?? nothing("secrets"),
    authorities: given.authorities ?? nothing("authorities"),
    routes: given.routes ?? nothing("routes"),
    destinations: given.destinations ?? nothing("destinations"),
    endpoints: given.endpoints ?? nothing("endpoints"),
    refusals: given.refusals ?? nothing("refusals"),
  };
}
