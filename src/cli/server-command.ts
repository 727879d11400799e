import { type Command, InvalidArgumentError } from "commander";
import { exitCodeHelp, failUsage } from "./program.ts";

interface ServerOptions {
  readonly configPath?: string;
  readonly files?: readonly string[];
  readonly envoyPath?: string;
  readonly xdsPort?: number;
  readonly adminPort?: number;
  readonly healthPort?: number;
  readonly metricsPort?: number;
  readonly metricsHost?: string;
}

/** Adds `server`: runs the control plane. */
export function addServerCommand(program: Command): void {
  const command = program
    .command("server")
    .description("run the control plane, and its proxies: as processes on this machine, or in a cluster")
    .option("-c, --config-path <file>", "configuration file (kind EnvoyGateway); followed while it runs")
    .option(
      "--files <path...>",
      "instead of a configuration file: serve the objects in these files and folders, Backends included",
    )
    .option("--envoy-path <file>", "the Envoy to run (default: the one on PATH, else the one that npm run setup installed)")
    .option(
      "--xds-port <port>",
      "port that proxies get their configuration from (default: 18000; for proxies of this machine a free one while that is taken)",
      port,
    )
    .option("--admin-port <port>", "port of the admin API (default: admin.address.port of the configuration file, 19000)", port)
    .option("--health-port <port>", "port of /healthz and /readyz (default: 8081)", port)
    .option("--metrics-port <port>", "port of /metrics, for Prometheus (default: 19001)", port)
    .option(
      "--metrics-host <address>",
      "address of /metrics (default: 127.0.0.1, in a cluster all; 0.0.0.0 for a Prometheus on another machine)",
    )
    .addHelpText(
      "after",
      `\nExamples:\n  envoy-gateway server --files gateway.yaml routes/\n  envoy-gateway server --config-path envoy-gateway.yaml
\nStops on Ctrl-C or SIGTERM: proxies finish their requests first; a second signal ends that.
SIGUSR2, and being killed, leave the proxies running for the next control plane.\n${exitCodeHelp}`,
    );
  command.action(async ({ configPath, files, envoyPath, metricsHost, ...given }: ServerOptions) => {
    if (configPath !== undefined && files !== undefined) {
      failUsage(
        command,
        "give --config-path or --files, not both: the configuration file names the files (provider.custom.resource.file.paths)",
      );
    }
    const { serve } = await import("../gateway/serve.ts");
    const ports = { xds: given.xdsPort, admin: given.adminPort, health: given.healthPort, metrics: given.metricsPort };
    const options = { envoyPath, ports, metricsHost };
    if (configPath !== undefined) return serve({ ...options, configFile: configPath });
    if (files === undefined) {
      failUsage(command, "tell what to serve: --files PATH for objects in files, or --config-path FILE");
    }
    const { standaloneConfig } = await import("../api/config/standalone-config.ts");
    return serve({ ...options, config: standaloneConfig(files) });
  });
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65535) throw new InvalidArgumentError("A port is a number from 0 (any free one) to 65535.");
  return number;
}
