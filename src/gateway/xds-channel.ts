import { join } from "node:path";
import { watchCertificates } from "../certificates/certificate-watch.ts";
import { ensureLocalCertificates, readLocalCertificates } from "../certificates/local-certificates.ts";
import type { Logger } from "../log/logger.ts";
import type { ScopeFaultListener, ServerLog, SessionObserver } from "../xds/server/proxy-session.ts";
import { createXdsServer, type XdsServer } from "../xds/server/server.ts";
import type { XdsStore } from "../xds/server/store.ts";
import type { Closers } from "./closers.ts";
import { explainListenError } from "./listen.ts";
import type { XdsLimits } from "./xds-limits.ts";

/** What the channel between control plane and proxies is made from. */
export interface XdsChannelOptions {
  readonly store: XdsStore;
  /** Resolves when the store holds a whole configuration; proxies wait for it. */
  readonly storeFilled: Promise<void>;
  /** The folder under which the certificates are, in `certs`. */
  readonly configHome: string;
  /** The port to listen on (0: any free one); undefined: the usual one, or any free one while that is taken. */
  readonly port: number | undefined;
  readonly limits: XdsLimits;
  readonly log: Logger;
  readonly observer: SessionObserver;
  readonly onFaults: ScopeFaultListener;
}

/** The open channel. */
export interface XdsChannel {
  readonly server: XdsServer;
  readonly address: { readonly address: string; readonly port: number };
  /** The folder of the certificate that proxies show. */
  readonly proxyCertificates: string;
}

/** Only the proxies of this machine use it. */
const host = "127.0.0.1";

/** Envoy Gateway's port of xDS. */
const usualPort = 18000;

/** How often certificates are looked at for their end, in milliseconds: twice a day. */
const renewEveryMs = 12 * 60 * 60 * 1000;

/**
 * Sees to certificates (making or renewing them) and serves xDS with them; renewed files are taken while it runs. Rejects, in words
 * for the user, when certificates are unusable or the port cannot be had.
 */
export async function openXdsChannel(options: XdsChannelOptions, closers: Closers): Promise<XdsChannel> {
  const { store, storeFilled, configHome, log, limits, observer, onFaults } = options;
  const { outcome, directory, folders } = await ensureLocalCertificates(configHome);
  if (outcome !== "kept") log.info(`${outcome} the certificates of the control plane and its proxies`, { directory });
  const certificates = (await readLocalCertificates(configHome))["envoy-gateway"];
  const { maxReceiveMessageSize, ...connections } = limits;
  const server = createXdsServer({
    store,
    storeFilled,
    certificates,
    log: serverLog(log),
    observer,
    connections,
    onFaults,
    ...(maxReceiveMessageSize === undefined ? {} : { maxReceiveMessageSize }),
  });
  closers.add(() => server.close());
  const bound = await listenForProxies(server, options.port, log);
  const watch = watchCertificates(folders["envoy-gateway"], certificates, {
    onChange(renewed) {
      server.setCertificates(renewed);
      log.info("took renewed certificates", { directory });
    },
    onProblem: (problem) => log.warn("certificates were changed but cannot be used; the last ones stay in use", { problem }),
  });
  closers.add(() => watch.close());
  const renewal = setInterval(() => {
    ensureLocalCertificates(configHome).catch((error: unknown) =>
      log.warn("certificates cannot be renewed", { error, directory: join(configHome, "certs") }),
    );
  }, renewEveryMs).unref();
  closers.add(() => clearInterval(renewal));
  return { server, address: { address: host, port: bound }, proxyCertificates: folders.envoy };
}

/**
 * Makes the server listen. Nobody but our own proxies, which are told the port, needs to know it: where none was asked for, a taken one is no
 * reason not to serve. Proxies that were left running and know another port are replaced by hot restart.
 */
async function listenForProxies(server: XdsServer, asked: number | undefined, log: Logger): Promise<number> {
  const port = asked ?? usualPort;
  try {
    return await server.listen(port, host);
  } catch (error) {
    const explained = explainListenError(error instanceof Error ? error : new Error(String(error)), {
      host,
      port,
      purpose: "xDS, over which proxies get their configuration",
      remedy: "give another port with --xds-port",
    });
    if (asked !== undefined) throw explained;
    log.warn("taking any free port for xDS", { reason: explained.message });
    return server.listen(0, host);
  }
}

/** The xDS server's log lines, in the order of arguments that our loggers have. */
function serverLog(log: Logger): ServerLog {
  const write = (level: "debug" | "info" | "warn" | "error") => (fields: object, message: string) =>
    log[level](message, { ...fields });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
