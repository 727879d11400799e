import { type Command, InvalidArgumentError, Option } from "commander";
import type { Installation, Manifest } from "../install/installation.ts";
import { type ClusterChoice, inCluster, withClusterOptions } from "./cluster-options.ts";
import { exitCodeHelp, failUsage } from "./program.ts";

interface ReleaseOptions extends ClusterChoice {
  readonly name: string;
  readonly namespace: string;
  readonly timeout: number;
  readonly dryRun?: true;
}

interface InstallOptions extends ReleaseOptions {
  readonly version?: string;
  readonly output: string;
  readonly skipCrds?: true;
  readonly onlyCrds?: true;
  readonly values?: readonly string[];
  readonly set?: readonly string[];
}

interface UninstallOptions extends ReleaseOptions {
  readonly withCrds?: true;
  readonly wait?: true;
}

/** Adds `install`: puts the control plane into a cluster, as the Helm chart gateway-helm would. */
export function addInstallCommand(program: Command): void {
  const command = withReleaseOptions(program.command("install"))
    .description("install or upgrade Envoy Gateway in a cluster; needs no Helm")
    .option("--dry-run", "print the objects instead of applying them")
    .addOption(new Option("-o, --output <format>", "format of --dry-run").choices(["yaml", "json"]).default("yaml"))
    .option("--skip-crds", "leave the CustomResourceDefinitions alone")
    .option("--only-crds", "apply the CustomResourceDefinitions only")
    .option("-f, --values <file>", "values of the chart gateway-helm; repeat for files that go before it", collect)
    .option("--set <name=value>", "a value of the chart, as Helm's --set; repeatable", collect)
    .option("--version <version>", "fail unless this is the version of egctl, which is the version that it installs")
    .addHelpText(
      "after",
      `\nExamples:\n  egctl x install\n  egctl x install --set deployment.replicas=2 -f values.yaml\n  egctl x install --dry-run > install.yaml\n${exitCodeHelp}`,
    );
  command.action(async (options: InstallOptions) => {
    const { versionInfo } = await import("../gateway/version.ts");
    const own = versionInfo().envoyGatewayVersion;
    if (options.version !== undefined && options.version.replace(/^v?/, "v") !== own) {
      failUsage(command, `this egctl installs ${own}: take the one of ${options.version}`);
    }
    if (options.skipCrds && options.onlyCrds) failUsage(command, "give --skip-crds or --only-crds, not both");
    const wanted = await installationOf(options);
    if (options.dryRun) process.stdout.write(await print(wanted, options));
    else await install(wanted, options);
  });
}

/** Adds `uninstall`: takes it out again. */
export function addUninstallCommand(program: Command): void {
  withReleaseOptions(program.command("uninstall"))
    .description("remove what install made; certificates, namespace and, without --with-crds, definitions stay")
    .option("--dry-run", "only tell what would be deleted")
    .option("--with-crds", "delete the CustomResourceDefinitions too, and with them every object of their kinds")
    .option("--wait", "wait until everything is gone")
    .addHelpText("after", `\nExamples:\n  egctl x uninstall\n  egctl x uninstall --with-crds --wait\n${exitCodeHelp}`)
    .action((options: UninstallOptions) => inCluster(options, ({ client, server }) => uninstall(client, server, options)));
}

function withReleaseOptions(command: Command): Command {
  return withClusterOptions(command)
    .option("--name <release>", "name of the installation", "eg")
    .option("-n, --namespace <namespace>", "namespace of the control plane", "envoy-gateway-system")
    .addOption(new Option("--timeout <duration>", "give up after so long").argParser(milliseconds).default(300_000, "5m"));
}

async function installationOf({ name, namespace, values = [], set = [] }: InstallOptions): Promise<Installation> {
  const [{ installation }, { givenValues }, { checkSupported }, { readFile }] = await Promise.all([
    import("../install/installation.ts"),
    import("../install/given-values.ts"),
    import("../api/config/support.ts"),
    import("node:fs/promises"),
  ]);
  const files = await Promise.all(values.map(async (path) => ({ path, text: await readFile(path, "utf8") })));
  const wanted = installation({ name, namespace }, givenValues(files, set));
  const [unsupported] = wanted.config === undefined ? [] : checkSupported(wanted.config);
  if (unsupported !== undefined) throw new Error(`config.envoyGateway.${unsupported.field}: ${unsupported.message}`);
  return wanted;
}

async function print(wanted: Installation, { skipCrds, onlyCrds, output }: InstallOptions): Promise<string> {
  const { definitions, namespace, preparation, objects } = wanted;
  const rest = onlyCrds ? [] : [namespace, ...preparation, ...objects];
  const all: readonly Manifest[] = [...(skipCrds ? [] : definitions), ...rest];
  if (output === "json") return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: all }, undefined, 2)}\n`;
  const { printYaml } = await import("../api/yaml/print-yaml.ts");
  return all.map((object) => `---\n${printYaml(object)}`).join("");
}

function install(wanted: Installation, { skipCrds, onlyCrds, ...options }: InstallOptions): Promise<void> {
  return inCluster(options, async ({ client, server }) => {
    const { applyDefinitions, applyInstallation } = await import("../install/apply-installation.ts");
    const patience = patienceOf(options);
    if (onlyCrds) return applyDefinitions(client, wanted.definitions, patience);
    await refuseReleaseOfHelm(client, options, "helm upgrade");
    await applyInstallation(client, skipCrds ? { ...wanted, definitions: [] } : wanted, patience);
    process.stdout.write(`Envoy Gateway runs in namespace ${wanted.namespace.metadata.name} of ${server}\n`);
  });
}

type Client = Parameters<Parameters<typeof inCluster>[1]>[0]["client"];

async function uninstall(client: Client, server: string, options: UninstallOptions): Promise<void> {
  const { countGateways, findDefinitions, findInstallation, removeObjects } = await import("../install/remove-installation.ts");
  const { describeObject } = await import("../install/cluster-objects.ts");
  await refuseReleaseOfHelm(client, options, "helm uninstall");
  const definitions = options.withCrds ? await findDefinitions(client) : [];
  const objects = await findInstallation(client, options);
  const all = [...definitions, ...objects];
  if (all.length === 0) throw new Error(`nothing of "${options.name}" is in namespace ${options.namespace} of ${server}`);
  if (options.dryRun) return void process.stdout.write(all.map((object) => `would delete ${describeObject(object)}\n`).join(""));
  const gateways = options.withCrds ? 0 : await countGateways(client);
  const patience = patienceOf(options);
  if (gateways > 0) patience.tell(`there are ${gateways} Gateways: the proxies of ours go on without a control plane`);
  // The control plane takes the proxies away, and lets go of the classes, while it is still there.
  await removeObjects(client, definitions, patience, true);
  await removeObjects(client, objects, patience, options.wait === true);
}

async function refuseReleaseOfHelm(client: Client, { name, namespace }: ReleaseOptions, instead: string): Promise<void> {
  const { isReleaseOfHelm } = await import("../install/remove-installation.ts");
  if (await isReleaseOfHelm(client, { name, namespace })) {
    throw new Error(`Helm installed "${name}": use ${instead} ${name} --namespace ${namespace}`);
  }
}

function patienceOf({ timeout }: ReleaseOptions) {
  return { deadline: Date.now() + timeout, tell: (line: string) => void process.stderr.write(`${line}\n`) };
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function milliseconds(text: string): number {
  const match = /^(\d+)(s|m|h)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("A duration is a number and s, m or h: 30s, 5m.");
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as "s" | "m" | "h"];
}
