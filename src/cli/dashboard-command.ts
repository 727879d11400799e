import type { Duplex } from "node:stream";
import { type Command, InvalidArgumentError } from "commander";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { connectToAdmin } from "./admin-client.ts";
import { forwardLocally } from "./local-forward.ts";
import { exitCodeHelp } from "./program.ts";
import { chooseProxies, type ProxyChoice, withProxyOptions } from "./proxies.ts";

interface PortOption {
  readonly port: number;
}

/** Adds `dashboard`: brings an admin interface to a port of this machine, for a browser. */
export function addDashboardCommand(parent: Command): void {
  const command = parent
    .command("dashboard")
    .alias("d")
    .description("bring an admin interface to a port of this machine, until Ctrl-C")
    .addHelpText("after", exitCodeHelp);
  withPort(withProxyOptions(command.command("envoy-proxy [gateway]")))
    .description("that of an Envoy; of several proxies, the first")
    .addHelpText("after", `\nExamples:\n  egctl x dashboard envoy-proxy eg -k --port 9901\n${exitCodeHelp}`)
    .action(async (gateway: string | undefined, options: ProxyChoice & PortOption) => {
      const [proxy] = await chooseProxies(gateway, options);
      if (proxy !== undefined) await show(`Envoy ${proxy.name}`, options, () => proxy.connect());
    });
  withPort(withAdminOption(command.command("envoy-gateway")))
    .alias("eg")
    .description("that of the control plane")
    .addHelpText("after", `\nExamples:\n  egctl x dashboard envoy-gateway -k\n${exitCodeHelp}`)
    .action((options: AdminChoice & PortOption) => show("the control plane", options, () => connectToAdmin(options)));
}

function withPort(command: Command): Command {
  return command.option("-p, --port <port>", "the port, 0 for any free one", portOf, 0);
}

/** Returns when the user ends it. The first connection is made beforehand, so that what does not answer is told at once. */
async function show(what: string, { port }: PortOption, connect: () => Promise<Duplex>): Promise<void> {
  (await connect()).destroy();
  const forward = await forwardLocally(port, connect, (error) => process.stderr.write(`error: ${error.message}\n`));
  process.stdout.write(`${what}: http://127.0.0.1:${forward.port}/\n`);
  await new Promise((stop) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  });
  await forward.close();
}

function portOf(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65535) throw new InvalidArgumentError("A port is a number from 0 (any free one) to 65535.");
  return number;
}
