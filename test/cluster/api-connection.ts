import type { ApiClient } from "../../src/kubernetes/api-client.ts";
import { openCluster } from "../../src/kubernetes/cluster.ts";

/** The connection of the cluster's own programs, and of its tests, to its API server. */
export async function connect(kubeconfig: string): Promise<ApiClient> {
  return (await openCluster({ kubeconfig, userAgent: "cluster-under-test" })).client;
}
