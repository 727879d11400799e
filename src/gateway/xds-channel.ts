import { type CertificateWatchOptions, watchCertificates } from "../certificates/certificate-watch.ts";
import type { TlsMaterial } from "../certificates/material.ts";
import type { Logger } from "../log/logger.ts";
import type { ServerLog } from "../xds/server/proxy-session.ts";
import { createXdsServer, type XdsServer, type XdsServerOptions } from "../xds/server/server.ts";
import type { Closers } from "./closers.ts";
import { explainListenError } from "./listen.ts";

/** Envoy Gateway's port of xDS. */
export const usualXdsPort = 18000;

/** What serves xDS with certificates that are replaced in their folder from time to time. */
export interface XdsServing extends Omit<XdsServerOptions, "certificates" | "log"> {
  /** The folder of the control plane's certificate (`tls.crt`, `tls.key`, `ca.crt`), and what is in it. */
  readonly folder: string;
  readonly certificates: TlsMaterial;
  readonly log: Logger;
}

/** Makes an xDS server that takes renewed certificates while it runs. It listens to nothing yet. */
export function openXdsServer({ folder, certificates, log, ...options }: XdsServing, closers: Closers): XdsServer {
  const server = createXdsServer({ ...options, certificates, log: serverLog(log) });
  closers.add(() => server.close());
  const told: CertificateWatchOptions = {
    onChange(renewed) {
      server.setCertificates(renewed);
      log.info("took renewed certificates", { directory: folder });
    },
    onProblem: (problem) => log.warn("certificates were changed but cannot be used; the last ones stay in use", { problem }),
  };
  const watch = watchCertificates(folder, certificates, told);
  closers.add(() => watch.close());
  return server;
}

/** Makes a server listen and gives the port. Rejects in words for the user. */
export async function listenForXds(server: XdsServer, { host, port }: { host: string; port: number }): Promise<number> {
  try {
    return await server.listen(port, host);
  } catch (error) {
    throw explainListenError(error instanceof Error ? error : new Error(String(error)), {
      host,
      port,
      purpose: "xDS, over which proxies get their configuration",
      remedy: "give another port with --xds-port",
    });
  }
}

/** The xDS server's log lines, in the order of arguments that our loggers have. */
function serverLog(log: Logger): ServerLog {
  const write = (level: "debug" | "info" | "warn" | "error") => (fields: object, message: string) =>
    log[level](message, { ...fields });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
