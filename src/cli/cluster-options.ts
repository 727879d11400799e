import type { Command } from "commander";
import type { Cluster } from "../kubernetes/cluster.ts";

/** Which cluster a command is for. */
export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds the options that name a cluster, as kubectl has them. */
export function withClusterOptions(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "kubeconfig of the cluster (default: $KUBECONFIG, ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)");
}

/** Does something with the cluster that the options name, and closes the connection after it. */
export async function inCluster<T>(choice: ClusterChoice, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const [{ openCluster }, { versionInfo }] = await Promise.all([
    import("../kubernetes/cluster.ts"),
    import("../gateway/version.ts"),
  ]);
  const cluster = await openCluster({ ...choice, userAgent: `egctl/${versionInfo().envoyGatewayVersion}` });
  try {
    return await work(cluster);
  } finally {
    cluster.client.close();
  }
}
