import { join } from "node:path";
import { ensureLocalCertificates, readLocalCertificates } from "../certificates/local-certificates.ts";
import type { Logger } from "../log/logger.ts";
import type { XdsServer } from "../xds/server/server.ts";
import type { Closers } from "./closers.ts";
import type { ChannelOptions, XdsChannel } from "./surroundings.ts";
import { listenForXds, openXdsServer, usualXdsPort } from "./xds-channel.ts";

/** A channel whose certificates are this machine's own. */
export interface LocalChannel extends XdsChannel {
  /** The folder of the certificate that proxies show. */
  readonly proxyCertificates: string;
}

/** Only the proxies of this machine use it. */
const host = "127.0.0.1";

/** How often certificates are looked at for their end, in milliseconds: twice a day. */
const renewEveryMs = 12 * 60 * 60 * 1000;

/**
 * Sees to certificates in `certs` of `configHome` (making or renewing them) and serves xDS with them on the loopback address. Rejects,
 * in words for the user, when certificates are unusable or the port cannot be had.
 */
export async function openLocalChannel(options: ChannelOptions, configHome: string, closers: Closers): Promise<LocalChannel> {
  const log = options.logs.for("xds-server");
  const { outcome, directory, folders } = await ensureLocalCertificates(configHome);
  if (outcome !== "kept") log.info(`${outcome} the certificates of the control plane and its proxies`, { directory });
  const certificates = (await readLocalCertificates(configHome))["envoy-gateway"];
  const server = openXdsServer({ ...options.server, folder: folders["envoy-gateway"], certificates, log }, closers);
  const port = await listenForProxies(server, options.port, log);
  renewCertificates(configHome, log, closers);
  return { server, address: { address: host, port }, proxyCertificates: folders.envoy };
}

function renewCertificates(configHome: string, log: Logger, closers: Closers): void {
  const renewal = setInterval(() => {
    ensureLocalCertificates(configHome).catch((error: unknown) =>
      log.warn("certificates cannot be renewed", { error, directory: join(configHome, "certs") }),
    );
  }, renewEveryMs).unref();
  closers.add(() => clearInterval(renewal));
}

/**
 * Nobody but our own proxies, which are told the port, needs to know it: where none was asked for, a taken one is no reason not to
 * serve. Proxies that were left running and know another port are replaced by hot restart.
 */
async function listenForProxies(server: XdsServer, asked: number | undefined, log: Logger): Promise<number> {
  try {
    return await listenForXds(server, { host, port: asked ?? usualXdsPort });
  } catch (error) {
    if (asked !== undefined) throw error;
    log.warn("taking any free port for xDS", { reason: error instanceof Error ? error.message : String(error) });
    return server.listen(0, host);
  }
}
