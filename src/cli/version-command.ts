import type { Command } from "commander";
import { Option } from "commander";
import type { VersionInfo } from "../gateway/version.ts";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { exitCodeHelp } from "./program.ts";

/** Adds `version` to `envoy-gateway`: what it is, as `NAME: value` lines, JSON or YAML. */
export function addVersionCommand(program: Command): void {
  program
    .command("version")
    .description("print the version of Envoy Gateway, Envoy and the Gateway API")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "yaml"]))
    .addHelpText("after", exitCodeHelp)
    .action(async ({ output }: { readonly output?: string }) => {
      const { versionInfo } = await import("../gateway/version.ts");
      process.stdout.write(await render(versionInfo(), output, (info) => lines(info).join("\n")));
    });
}

/** Adds `version` (`versions`, `v`) to `egctl`: its own version and, with --remote, that of the running control plane. */
export function addClientVersionCommand(program: Command): void {
  withAdminOption(program.command("version"))
    .aliases(["versions", "v"])
    .description("print the version of egctl and, with --remote, of the running control plane")
    .option("-r, --remote", "ask the control plane too")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "yaml"]))
    .addHelpText("after", `\nExamples:\n  egctl version\n  egctl version --remote -o json\n${exitCodeHelp}`)
    .action(async ({ remote, output, ...choice }: AdminChoice & { readonly remote?: true; readonly output?: string }) => {
      const { versionInfo } = await import("../gateway/version.ts");
      const client = versionInfo();
      const versions = { client, ...(remote ? { server: await askServer(choice) } : {}) };
      process.stdout.write(
        await render(versions, output, (found) => {
          const server = "server" in found ? [`server version: ${found.server.version}`] : [];
          return [`client version: ${found.client.envoyGatewayVersion}`, ...lines(found.client).slice(1), ...server].join("\n");
        }),
      );
    });
}

function lines(info: VersionInfo): string[] {
  return [
    `ENVOY_GATEWAY_VERSION: ${info.envoyGatewayVersion}`,
    `ENVOY_PROXY_VERSION: ${info.envoyProxyVersion}`,
    `GATEWAYAPI_VERSION: ${info.gatewayAPIVersion}`,
    `GIT_COMMIT_ID: ${info.gitCommitID}`,
    `NODE_VERSION: ${info.nodeVersion}`,
  ];
}

async function render<T extends object>(value: T, output: string | undefined, asText: (value: T) => string): Promise<string> {
  if (output === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  if (output === undefined) return `${asText(value)}\n`;
  const { stringify } = await import("yaml");
  return stringify(value);
}

async function askServer(choice: AdminChoice): Promise<{ readonly version: string }> {
  const info = await askAdmin(choice, "/api/info");
  if (typeof info !== "object" || info === null || !("version" in info)) throw new Error(`what answers is not Envoy Gateway`);
  return { version: String(info.version) };
}
