import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Access } from "./access.ts";
import type { ApiClient } from "./api-client.ts";
import { createHttpsClient } from "./https-client.ts";
import { inClusterAccess, isInCluster } from "./in-cluster.ts";

/** Which cluster to talk to, and how it is found. */
export interface ClusterOptions {
  /** Path of a kubeconfig file. Default: those of KUBECONFIG, else the credentials of the pod, else `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
  /** How requests name this program to the server: `envoy-gateway/v1`. */
  readonly userAgent: string;
  /** Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A cluster that can be talked to. Nothing was asked of it yet. */
export interface Cluster {
  readonly client: ApiClient;
  /** For what is no plain request. */
  readonly access: Access;
  /** The namespace of the pod, or of the kubeconfig's context. */
  readonly namespace: string;
  /** The address of its API server, for people. */
  readonly server: string;
}

/** Finds the cluster and the credentials for it. Rejects in words for the user when there are none that can be used. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const access = await findAccess(options);
  return {
    client: createHttpsClient(access, options.userAgent),
    access,
    namespace: access.namespace,
    server: access.server.href.replace(/\/$/, ""),
  };
}

async function findAccess({ kubeconfig, context, env = process.env }: ClusterOptions): Promise<Access> {
  const named = kubeconfig === undefined ? (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "") : [kubeconfig];
  if (named.length === 0 && context === undefined && isInCluster(env)) return inClusterAccess(env);
  // Only programs outside of clusters read kubeconfigs, and so YAML.
  const [{ readKubeConfig }, { kubeConfigAccess }] = await Promise.all([
    import("./kube-config.ts"),
    import("./kube-config-access.ts"),
  ]);
  const usual = join(env.HOME ?? homedir(), ".kube", "config");
  return kubeConfigAccess(readKubeConfig(named.length === 0 ? [usual] : named, context));
}
