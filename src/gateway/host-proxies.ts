import { statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../certificates/certificate-files.ts";
import type { HostDirectories } from "../certificates/directories.ts";
import { sdsFileContents, sdsFileNames } from "../certificates/sds-files.ts";
import { findHostAddresses } from "../infra/host/addresses.ts";
import { makePrivateDirectory } from "../infra/host/directories.ts";
import { findEnvoy } from "../infra/host/envoy-binary.ts";
import { createHostInfrastructure } from "../infra/host/host-infrastructure.ts";
import type { NoteParameters } from "../infra/host/parameter-notes.ts";
import type { Infrastructure, ReportInfra } from "../infra/infrastructure.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import type { Logger } from "../log/logger.ts";
import { type BootstrapOptions, renderBootstrap } from "../xds/bootstrap/bootstrap.ts";
import { changeOf, customBootstrap } from "../xds/bootstrap/custom-bootstrap.ts";
import { systemTrustFile } from "./system-trust.ts";

/** What the proxies of this machine are made from. */
export interface HostProxyOptions {
  readonly directories: HostDirectories;
  /** The folder of the proxies' certificate (`tls.crt`, `tls.key`, `ca.crt`). */
  readonly certificates: string;
  readonly xds: { readonly address: string; readonly port: number };
  readonly envoyPath?: string | undefined;
  readonly report: ReportInfra;
  readonly note: NoteParameters;
  readonly log: Logger;
}

/** Prepares to run proxies on this machine; ENVOY_SERVICE_ZONE says in which zone that is. Rejects, in words for the user, when there is no usable Envoy or folder. */
export async function openHostProxies(options: HostProxyOptions): Promise<Infrastructure> {
  const { directories, log, note, report, xds } = options;
  const binary = await findEnvoy({ path: options.envoyPath, dataHome: directories.data });
  if ("problem" in binary) throw new Error(binary.problem);
  makePrivateDirectory(directories.runtime);
  const zone = process.env.ENVOY_SERVICE_ZONE || undefined;
  const sds = await writeSdsFiles(join(directories.runtime, sdsFolderName(options.certificates)), options.certificates);
  log.info("proxies run as processes on this machine", {
    envoy: binary.path,
    version: binary.version,
    logs: join(directories.state, "proxies"),
  });
  return createHostInfrastructure({
    binary,
    directories,
    host: await findHostAddresses(),
    bootstrap: (infra) => bootstrapText(infra, { xds, zone, certificates: sds, systemTrustFile: systemTrustFile(true) }),
    report,
    note,
    log,
  });
}

/** The bootstrap of a fleet. A change that is wrong is told in the status of its Gateways and leaves the bootstrap as it is. */
function bootstrapText({ scope, proxy, metrics }: ProxyInfra, options: Omit<BootstrapOptions, "node">): string {
  const rendered = renderBootstrap({ node: { id: scope, cluster: scope }, ...options, metrics });
  const change = changeOf(proxy);
  const custom = change === undefined ? { bootstrap: rendered } : customBootstrap(rendered, change);
  return JSON.stringify("bootstrap" in custom ? custom.bootstrap : rendered);
}

/**
 * The folder of the SDS files, named after the very folder that the certificates are in now: Envoy follows changes in that, but not
 * when it is removed and made anew; then proxies that were left running get another bootstrap, and so are replaced.
 */
function sdsFolderName(certificates: string): string {
  const { ino, birthtimeMs } = statSync(certificates);
  return `sds-${ino}-${Math.trunc(birthtimeMs)}`;
}

/** Writes the files that tell Envoy where its certificate is; they hold paths, no keys. */
async function writeSdsFiles(
  folder: string,
  certificates: string,
): Promise<{ readonly certificate: string; readonly trustedCa: string }> {
  const contents = sdsFileContents(certificates);
  const paths = { certificate: join(folder, sdsFileNames.certificate), trustedCa: join(folder, sdsFileNames.trustedCa) };
  await writeWhole(paths.certificate, contents.certificate, 0o600);
  await writeWhole(paths.trustedCa, contents.trustedCa, 0o600);
  return paths;
}
