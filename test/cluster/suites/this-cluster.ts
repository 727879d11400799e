/** The cluster that a suite runs in. */
import { connect } from "../api-connection.ts";
import { apiServerReady } from "../api-server.ts";
import { type ClusterFolder, folderOf } from "../cluster-folder.ts";
import { commandDaemon, type Verb } from "../control.ts";
import { credentialPaths } from "../credentials.ts";

const name = process.env.ENVOY_GATEWAY_CLUSTER;
if (name === undefined) throw new Error("cluster suites run inside a cluster: npm run test:cluster");

/** Its folder. */
export const folder: ClusterFolder = folderOf(name);

/** A connection to its API server. */
export const client = await connect(folder.kubeconfig);

/** Stops, kills or starts one of its programs, and waits until that is done. */
export async function program(daemon: "etcd" | "api-server" | "node", verb: Verb): Promise<void> {
  await commandDaemon(folder.control, daemon, verb);
  if (daemon === "api-server" && verb === "start") await apiServerReady(credentialPaths(folder.path));
}
