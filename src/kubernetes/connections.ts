import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Access, Credentials, TlsSettings } from "./access.ts";

/** Half-open connections are found out so: a server that went away without a word, a firewall that forgot the connection. Milliseconds. */
export const keepAliveProbeMs = 30_000;

/** The connections to one server. */
export interface Connections {
  /** The connections that show the present credentials; with `refused`, those were refused. */
  open(refused: boolean): Promise<{ readonly agent: HttpAgent; readonly authorization: string | undefined }>;
  close(): void;
}

/** Connections by what they show: when a certificate is renewed, the old connections end when their requests do. */
export function createConnections({ server, proxy, credentials }: Access): Connections {
  let current: { readonly tls: TlsSettings; readonly agent: HttpAgent } | undefined;
  const agentFor = ({ tls }: Credentials): HttpAgent => {
    if (current?.tls === tls) return current.agent;
    closeIdle(current?.agent);
    const proxyEnv = proxy === undefined ? process.env : { HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
    const kept = { keepAlive: true, keepAliveMsecs: keepAliveProbeMs, proxyEnv };
    const agent = server.protocol === "http:" ? new HttpAgent(kept) : new HttpsAgent({ ...kept, ...tls });
    current = { tls, agent };
    return agent;
  };
  return {
    async open(refused) {
      const shown = await credentials(refused);
      return { agent: agentFor(shown), authorization: shown.authorization };
    },
    close: () => closeIdle(current?.agent),
  };
}

function closeIdle(agent: HttpAgent | undefined): void {
  for (const sockets of Object.values(agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy();
}
