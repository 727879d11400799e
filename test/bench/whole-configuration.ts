import { readFields } from "../../src/xds/server/protobuf-fields.ts";
import type { DeltaClient } from "./delta-client.ts";

/** Resolves when a client has the configuration of so many routes, with the moment when the last of it came (`performance.now()`). */
export async function whole(client: DeltaClient, routes: number): Promise<number> {
  for (;;) {
    const at = await new Promise<number>((resolve) => (client.onDelivery = (delivery) => resolve(delivery.at)));
    const complete = client.count("Cluster") >= routes && client.count("ClusterLoadAssignment") >= routes;
    if (complete && client.count("Listener") > 0 && virtualHosts(client) >= routes) return at;
  }
}

function virtualHosts(client: DeltaClient): number {
  const tables = [...(client.has.get("RouteConfiguration")?.values() ?? [])];
  return tables.flatMap((table) => [...readFields(table)].filter(({ id, bytes }) => id === 2 && bytes !== undefined)).length;
}
