import type { Command } from "commander";
import { exitCodeHelp } from "./program.ts";

interface CertgenOptions {
  readonly local?: true;
  readonly configHome?: string;
  readonly overwrite?: true;
  readonly disableTopologyInjector?: true;
}

/** Adds `certgen`: makes the certificates of the channel between the control plane and its proxies. */
export function addCertgenCommand(program: Command): void {
  program
    .command("certgen")
    .description("make the certificates that the control plane and its proxies know each other by")
    .option("-l, --local", "write them to files on this machine, for standalone mode, instead of to Secrets of a cluster")
    .option("--config-home <folder>", "with --local: write them to <folder>/certs (default: $XDG_CONFIG_HOME/envoy-gateway)")
    .option("-o, --overwrite", "replace certificates that are already there")
    .option("--disable-topology-injector", "do not write the CA into the webhook that tells proxies their zone")
    .addHelpText(
      "after",
      `\nWithout --local it writes the Secrets envoy-gateway, envoy, envoy-rate-limit and envoy-oidc-hmac to the namespace
$ENVOY_GATEWAY_NAMESPACE (envoy-gateway-system) of the cluster that it runs in, or that KUBECONFIG names. Those that are there
and valid stay, and are renewed when they end within 90 days. $KUBERNETES_CLUSTER_DOMAIN (cluster.local) is the cluster's domain.
A standalone server makes missing certificates by itself.
\nExamples:\n  envoy-gateway certgen --local\n  envoy-gateway certgen --overwrite\n${exitCodeHelp}`,
    )
    .action((options: CertgenOptions) => (options.local ? certgenLocal(options) : certgenCluster(options)));
}

async function certgenLocal({ configHome, overwrite }: CertgenOptions): Promise<void> {
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
}

async function certgenCluster({ overwrite, disableTopologyInjector }: CertgenOptions): Promise<void> {
  const [{ openCluster }, { ensureClusterCertificates }, { versionInfo }] = await Promise.all([
    import("../kubernetes/cluster.ts"),
    import("../install/cluster-certificates.ts"),
    import("../gateway/version.ts"),
  ]);
  const namespace = process.env.ENVOY_GATEWAY_NAMESPACE || "envoy-gateway-system";
  const { client, server } = await openCluster({ userAgent: `envoy-gateway/${versionInfo().envoyGatewayVersion}` }).catch(
    (cause) => {
      throw new Error(`${cause.message} (certgen --local needs no cluster)`, { cause });
    },
  );
  try {
    const { certificates, hmac, webhook } = await ensureClusterCertificates(client, {
      namespace,
      dnsDomain: process.env.KUBERNETES_CLUSTER_DOMAIN || "cluster.local",
      overwrite: overwrite === true,
      topologyInjector: disableTopologyInjector !== true,
    });
    process.stdout.write(`${certificates} certificates in namespace ${namespace} of ${server}\n`);
    process.stdout.write(`${hmac} the key of OIDC sessions\n`);
    if (webhook === "trusting") process.stdout.write("the topology injector trusts the CA\n");
    if (webhook === "absent") process.stdout.write("there is no topology injector\n");
  } finally {
    client.close();
  }
}
