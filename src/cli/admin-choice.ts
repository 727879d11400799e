import type { Command } from "commander";
import { type ClusterChoice, withClusterOptions } from "./cluster-options.ts";

/** Where the admin API of the control plane is unless told otherwise. */
export const usualAddress = "127.0.0.1:19000";

/** Which control plane a command is about: one on this machine, or one in a cluster. */
export interface AdminChoice extends ClusterChoice {
  /** `host:port`; what makes it one on this machine whatever else is given. */
  readonly admin?: string;
  readonly kubernetes?: true;
  /** Of a control plane in a cluster. */
  readonly controllerNamespace: string;
  /** One of its pods; any that is ready where left out. */
  readonly pod?: string | undefined;
}

/** Adds the options that name the control plane. */
export function withAdminOption(command: Command): Command {
  return withClusterOptions(
    command
      .option("--admin <host:port>", `admin address of the control plane (default: ${usualAddress})`)
      .option("-k, --kubernetes", "the control plane in the cluster that kubeconfig names, instead of one on this machine"),
  ).option("--controller-namespace <namespace>", "namespace of the control plane in the cluster", "envoy-gateway-system");
}

/** Whether a control plane in a cluster is meant. */
export function isInCluster({ admin, kubernetes, kubeconfig, context }: AdminChoice): boolean {
  return admin === undefined && (kubernetes === true || kubeconfig !== undefined || context !== undefined);
}
