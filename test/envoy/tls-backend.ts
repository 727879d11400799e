import { createHash, X509Certificate } from "node:crypto";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { TLSSocket } from "node:tls";
import type { TestCertificate } from "../builders/certificates.ts";

/** What a backend with TLS saw of the connection that a request came over. */
export interface SeenConnection {
  /** The server name that was asked for. */
  readonly servername: string | false;
  readonly alpn: string | false | null;
  /** SHA-256 of the client's certificate; absent where it presented none. */
  readonly client?: string;
}

/** A backend that speaks HTTP/2 or HTTP/1.1 over TLS and answers with what it saw. Connections of HTTP/1.1 are for one request. */
export function createTlsBackend({ certificate, key }: TestCertificate): Http2SecureServer {
  const options = { cert: certificate, key, allowHTTP1: true, requestCert: true, rejectUnauthorized: false };
  return createSecureServer(options, (request, response) => {
    const { socket } = request.stream?.session ?? request;
    if (!(socket instanceof TLSSocket) && !("servername" in socket)) throw new Error("the connection is not secured");
    const secured = socket as TLSSocket & { readonly servername?: string | false };
    const { raw } = secured.getPeerCertificate() as { readonly raw?: Buffer };
    const seen: SeenConnection = {
      servername: secured.servername ?? false,
      alpn: secured.alpnProtocol,
      ...(raw !== undefined && { client: createHash("sha256").update(raw).digest("hex") }),
    };
    if (request.httpVersionMajor === 1) response.setHeader("connection", "close");
    response.end(JSON.stringify(seen));
  });
}

/** The digest by which a backend tells a client's certificate. */
export function clientDigest({ certificate }: TestCertificate): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}
