import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { issue } from "../builders/certificates.ts";

/** An HTTPS server on a free port of this machine that answers as a test says. */
export interface AnsweringServer {
  readonly url: string;
  /** The certificate to trust; it is for `localhost`. */
  readonly ca: string;
  readonly server: Server;
  close(): Promise<void>;
}

/** Starts a server. `clientCa`: clients may show a certificate that it signed. */
export async function openAnsweringServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  clientCa?: string,
): Promise<AnsweringServer> {
  const { certificate, key } = await issue(["localhost"]);
  const tls = {
    cert: certificate,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  };
  const server = createServer(tls, async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request as AsyncIterable<Uint8Array>) parts.push(part);
    answer(request, response, Buffer.concat(parts).toString());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    url: `https://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    ca: certificate,
    server,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
