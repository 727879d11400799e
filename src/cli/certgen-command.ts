import type { Command } from "commander";
import { exitCodeHelp, failUsage } from "./program.ts";

interface CertgenOptions {
  readonly local?: true;
  readonly configHome?: string;
  readonly overwrite?: true;
}

/** Adds `certgen`: makes the certificates of the channel between the control plane and its proxies. */
export function addCertgenCommand(program: Command): void {
  const command = program
    .command("certgen")
    .description("make the certificates that the control plane and its proxies know each other by")
    .option("-l, --local", "write them to files on this machine, for standalone mode")
    .option("--config-home <folder>", "write them to <folder>/certs (default: $XDG_CONFIG_HOME/envoy-gateway)")
    .option("-o, --overwrite", "replace certificates that are already there")
    .addHelpText(
      "after",
      `\nThe server makes missing certificates by itself; certgen is for making them beforehand or anew.
\nExamples:\n  envoy-gateway certgen --local\n  envoy-gateway certgen --local --overwrite\n${exitCodeHelp}`,
    );
  command.action(async ({ local, configHome, overwrite }: CertgenOptions) => {
    if (!local) {
      failUsage(
        command,
        "without --local, certgen writes Secrets to a Kubernetes cluster, which this version does not do: pass --local",
      );
    }
    const [{ ensureLocalCertificates }, { hostDirectories }] = await Promise.all([
      import("../certificates/local-certificates.ts"),
      import("../certificates/directories.ts"),
    ]);
    const { resolve } = await import("node:path");
    const home = configHome === undefined ? hostDirectories().config : resolve(configHome);
    const { outcome, directory, expires } = await ensureLocalCertificates(home, { overwrite: overwrite === true });
    const until = new Date(expires).toISOString().slice(0, 10);
    const kept = outcome === "kept" ? " (valid certificates were there; --overwrite replaces them)" : "";
    process.stdout.write(`${outcome} certificates in ${directory}, valid until ${until}${kept}\n`);
  });
}
