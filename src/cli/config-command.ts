import { Command } from "commander";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { type OutputFormat, outputOption, print } from "./output.ts";
import { exitCodeHelp } from "./program.ts";
import { chooseProxies, type NamedProxy, type ProxyChoice, withProxyOptions } from "./proxies.ts";

/** The parts of an Envoy's configuration: how it calls them in its dump (envoy/admin/v3/config_dump.proto), and short names. */
const parts = {
  all: { alias: undefined, dump: undefined },
  bootstrap: { alias: "b", dump: "BootstrapConfigDump" },
  cluster: { alias: "c", dump: "ClustersConfigDump" },
  endpoint: { alias: "e", dump: "EndpointsConfigDump" },
  listener: { alias: "l", dump: "ListenersConfigDump" },
  route: { alias: "r", dump: "RoutesConfigDump" },
} as const;

/** Adds `config`: shows the configuration that runs, of proxies and of the control plane. */
export function addConfigCommand(program: Command): void {
  const command = program
    .command("config")
    .alias("c")
    .description("show the configuration that is in force")
    .addHelpText("after", exitCodeHelp);
  command.addCommand(envoyProxy());
  command.addCommand(envoyGateway());
  command.addCommand(envoyRateLimit());
}

function envoyProxy(): Command {
  const command = new Command("envoy-proxy")
    .alias("proxy")
    .description("show what Envoy has, from its own admin interface")
    .addHelpText(
      "after",
      `\nExamples:\n  egctl config envoy-proxy route eg\n  egctl config envoy-proxy all default/eg -o yaml\n  egctl config envoy-proxy cluster -k eg -n shop\n${exitCodeHelp}`,
    );
  for (const [name, { alias, dump }] of Object.entries(parts)) {
    const part = withProxyOptions(command.command(`${name} [gateway]`))
      .description(dump === undefined ? "everything" : `its ${name} configuration`)
      .addOption(outputOption("json"))
      .addHelpText("after", exitCodeHelp)
      .action(async (gateway: string | undefined, options: ProxyChoice & { readonly output: OutputFormat }) => {
        const proxies = await chooseProxies(gateway, options);
        await print(byNamespace(proxies, await Promise.all(proxies.map((proxy) => dumpOf(proxy, dump)))), options.output);
      });
    if (alias !== undefined) part.alias(alias);
  }
  return command;
}

/** Envoy's dump, or one part of it. Envoy itself redacts secrets. */
async function dumpOf(proxy: NamedProxy, part: string | undefined): Promise<unknown> {
  const dump = JSON.parse(await proxy.ask("/config_dump?include_eds")) as { readonly configs: readonly object[] };
  if (part === undefined) return dump;
  return dump.configs.find((config) => "@type" in config && String(config["@type"]).endsWith(`.${part}`)) ?? {};
}

function byNamespace(proxies: readonly NamedProxy[], dumps: readonly unknown[]): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const [at, { shown }] of proxies.entries()) {
    found[shown.namespace] = { ...found[shown.namespace], [shown.name]: dumps[at] };
  }
  return found;
}

function envoyGateway(): Command {
  return withAdminOption(new Command("envoy-gateway"))
    .alias("gateway")
    .description("show the objects that the control plane works with, with their statuses; Secrets without content")
    .argument("[kind]", "gatewayclass, gateway, httproute … or all", "all")
    .argument("[pod]", "a pod of the control plane in a cluster; any that is ready where left out")
    .addOption(outputOption("json"))
    .addHelpText(
      "after",
      `\nExamples:\n  egctl config envoy-gateway httproute -o yaml\n  egctl config envoy-gateway all\n${exitCodeHelp}`,
    )
    .action(async (kind: string, pod: string | undefined, options: AdminChoice & { readonly output: OutputFormat }) => {
      const { output, ...choice } = options;
      await print(await askAdmin({ ...choice, pod }, `/api/config_dump?resource=${encodeURIComponent(kind)}`), output);
    });
}

/** Known to users of Envoy Gateway; it has nothing to show before there are global rate limits. */
function envoyRateLimit(): Command {
  return new Command("envoy-ratelimit")
    .alias("rl")
    .description("show the configuration of the rate limit service (not built yet)")
    .argument("[pod]", "the pod of the service")
    .option("-n, --namespace <namespace>", "its namespace", "envoy-gateway-system")
    .action(() => {
      throw new Error("global rate limits are not built yet in this version, so there is no rate limit service to ask");
    });
}
