import type { Server } from "node:net";
import { holderOf, listeningSockets } from "../infra/host/listening-sockets.ts";

/** An address to listen on, and what for, in words for the user. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** `the admin API`, `xDS` … */
  readonly purpose: string;
  /** How to choose another address. */
  readonly remedy: string;
}

/** Makes a server listen and gives the port. Rejects with a sentence that says who has the port and what to do. */
export function listen(server: Server, address: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(explainListenError(error, address));
    server.once("error", fail);
    server.listen(address.port, address.host, () => {
      server.off("error", fail);
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : address.port);
    });
  });
}

/** Ends a server and the connections that it has. Resolves when the port is free. */
export function closeServer(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}

/** The error of a failed `listen`, explained. */
export function explainListenError(error: Error, { host, port, purpose, remedy }: ListenAddress): Error {
  const code = "code" in error ? error.code : undefined;
  const at = `cannot listen on ${host}:${port} for ${purpose}`;
  if (code === "EADDRINUSE") {
    const socket = listeningSockets("TCP").find((candidate) => candidate.port === port);
    const holder = (socket && holderOf(socket.inode)) ?? "another process";
    return new Error(`${at}: the port is taken by ${holder}. Stop it, or ${remedy}`, { cause: error });
  }
  if (code === "EACCES")
    return new Error(`${at}: ports this low need CAP_NET_BIND_SERVICE. Run as root, or ${remedy}`, { cause: error });
  if (code === "EADDRNOTAVAIL") return new Error(`${at}: this machine has no such address. Instead, ${remedy}`, { cause: error });
  return new Error(`${at}: ${error.message}`, { cause: error });
}
