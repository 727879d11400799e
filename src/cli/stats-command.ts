import { type Command, Option } from "commander";
import { type OutputFormat, print } from "./output.ts";
import { exitCodeHelp } from "./program.ts";
import { chooseProxies, type ProxyChoice, withProxyOptions } from "./proxies.ts";

interface StatsOptions extends ProxyChoice {
  readonly output: OutputFormat | "prom";
  readonly type: "server" | "clusters";
}

/** Adds `stats envoy-proxy`: shows what Envoy counts. */
export function addStatsCommand(parent: Command): void {
  const command = parent.command("stats").description("show what proxies count").addHelpText("after", exitCodeHelp);
  withProxyOptions(command.command("envoy-proxy [gateway]"))
    .alias("ep")
    .description("show the statistics of Envoy, from its own admin interface")
    .addOption(
      new Option("-t, --type <type>", "of the server, or of its clusters").choices(["server", "clusters"]).default("server"),
    )
    .addOption(new Option("-o, --output <format>", "output format").choices(["prom", "json", "yaml"]).default("prom"))
    .addHelpText(
      "after",
      `\nWith -t clusters, prom is Envoy's own text.
\nExamples:\n  egctl x stats envoy-proxy eg\n  egctl x stats envoy-proxy eg -t clusters -o json\n${exitCodeHelp}`,
    )
    .action(async (gateway: string | undefined, { output, type, ...choice }: StatsOptions) => {
      for (const proxy of await chooseProxies(gateway, choice)) {
        const path = type === "clusters" ? "/clusters" : "/stats";
        if (output === "prom") process.stdout.write(await proxy.ask(type === "clusters" ? path : `${path}/prometheus`));
        else await print(JSON.parse(await proxy.ask(`${path}?format=json`)), output);
      }
    });
}
