/**
 * Holds a cluster: the first process in namespaces of the cluster's own (of networks, mounts and processes). What runs in the cluster
 * is a process below this one, and everything ends with it, however it ends.
 *
 * usage: supervisor.ts NAME BINARIES_AS_JSON
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "./api-connection.ts";
import { apiServerArguments, apiServerReady, etcdArguments } from "./api-server.ts";
import type { Binaries } from "./binaries.ts";
import { type ClusterFolder, folderOf } from "./cluster-folder.ts";
import { serveControl } from "./control.ts";
import { writeCredentials } from "./credentials.ts";
import { createDaemon, type Daemon } from "./daemon.ts";
import { applyDefinitions } from "./definitions.ts";
import { prepareNetwork } from "./network.ts";

const [name = "", binaries = "{}"] = process.argv.slice(2);
const folder = folderOf(name);

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
await hold(folder, JSON.parse(binaries));

async function hold(folder: ClusterFolder, binaries: Binaries): Promise<void> {
  prepareNetwork();
  const credentials = await writeCredentials(folder.path);
  const daemon = (name: string, command: string, args: readonly string[]): Daemon =>
    createDaemon({ name, command, args, logFile: join(folder.logs, `${name}.log`), onCrash });
  const etcd = daemon("etcd", binaries.etcd, etcdArguments());
  const apiServer = daemon("api-server", binaries.kubelite, apiServerArguments(credentials));
  const nodeProgram = fileURLToPath(new URL("node/main.ts", import.meta.url));
  const node = daemon("node", process.execPath, [...process.execArgv, nodeProgram, name, JSON.stringify(binaries)]);
  etcd.start();
  apiServer.start();
  await apiServerReady(credentials);
  const client = await connect(folder.kubeconfig);
  await applyDefinitions(client);
  client.close();
  node.start();
  await serveControl(folder.control, [etcd, apiServer, node]);
}

/** A program that is gone is a finding, which the log tells; starting it again would hide it. */
function onCrash(reason: string): void {
  appendFileSync(join(folder.logs, "supervisor.log"), `${new Date().toISOString()} ${reason}\n`);
}
