import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { exitCodeHelp } from "./program.ts";
import { chooseProxies, type NamedProxy } from "./proxies.ts";

/** What is asked of the control plane, and the file it goes to. */
const ofControlPlane = {
  "server-info.json": "/api/server_info",
  "objects.json": "/api/config_dump?resource=all",
  "proxies.json": "/api/proxies",
  "problems.json": "/api/problems",
  "graph.json": "/debug/graph",
} as const;

/** The same of every Envoy. */
const ofProxy = {
  "config-dump.json": "/config_dump?include_eds",
  "clusters.txt": "/clusters",
  "listeners.txt": "/listeners",
  "stats.txt": "/stats?usedonly",
  "certs.json": "/certs",
} as const;

interface CollectOptions extends AdminChoice {
  readonly output?: string;
  readonly envoySystemNamespace?: string;
  readonly envoyProxyNamespaces?: readonly string[];
}

/** Adds `collect`: gathers what someone needs who is asked for help. */
export function addCollectCommand(parent: Command): void {
  withAdminOption(parent.command("collect"))
    .description("write what the control plane and its proxies know into a folder, for someone who helps; Secrets are left out")
    .option("-o, --output <folder>", "the folder (default: envoy-gateway-<time>)")
    .option("--envoy-system-namespace <namespace>", "the same as --controller-namespace")
    .option("--envoy-proxy-namespaces <namespace...>", "only the proxies of Gateways in these namespaces")
    .addHelpText("after", `\nExamples:\n  egctl x collect\n  egctl x collect -o /tmp/report\n${exitCodeHelp}`)
    .action(async ({ output, envoySystemNamespace, envoyProxyNamespaces, ...asked }: CollectOptions) => {
      const choice = envoySystemNamespace === undefined ? asked : { ...asked, controllerNamespace: envoySystemNamespace };
      const time = new Date()
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replaceAll(":", "");
      const folder = resolve(output ?? `envoy-gateway-${time}`);
      const all = await chooseProxies(undefined, { ...choice, allNamespaces: true }).catch(() => []);
      const wanted = ({ namespace, shown }: NamedProxy) =>
        [namespace, shown.namespace].some((each) => envoyProxyNamespaces?.includes(each));
      const proxies = envoyProxyNamespaces === undefined ? all : all.filter(wanted);
      for (const [file, path] of Object.entries(ofControlPlane))
        write(folder, file, `${JSON.stringify(await askAdmin(choice, path), undefined, 2)}\n`);
      for (const proxy of proxies) await collectProxy(join(folder, "proxies", proxy.name), proxy);
      process.stdout.write(`wrote ${folder}\n`);
    });
}

/** A proxy that does not answer is told in its place: that is what someone who helps must know. */
async function collectProxy(folder: string, proxy: NamedProxy): Promise<void> {
  for (const [file, path] of Object.entries(ofProxy)) {
    try {
      write(folder, file, await proxy.ask(path));
    } catch (error) {
      write(folder, "error.txt", `${error instanceof Error ? error.message : String(error)}\n`);
      return;
    }
  }
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, file), text, { mode: 0o600 });
}
