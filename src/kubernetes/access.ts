import type { SecureContextOptions } from "node:tls";

/** How to reach an API server and be let in. */
export interface Access {
  /** Base address: scheme, host, port, and a path where the server is behind one. */
  readonly server: URL;
  /** The namespace of the program, or the one that the user works in. */
  readonly namespace: string;
  /** The proxy that requests go through; undefined: what the environment says (HTTPS_PROXY, NO_PROXY). */
  readonly proxy?: string;
  /** Headers of all requests. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What to show the server now. With `refused`, what was shown last was not accepted: it is read anew. Rejects in words for the user. */
  credentials(refused?: boolean): Promise<Credentials>;
}

/** What one connection shows and trusts. The same object while nothing changed. */
export interface Credentials {
  readonly tls: TlsSettings;
  /** The Authorization header. */
  readonly authorization?: string;
}

/** TLS of the connection: who is trusted, and which certificate is shown. */
export interface TlsSettings extends Pick<SecureContextOptions, "ca" | "cert" | "key"> {
  /** The name that the server's certificate must have. Default: the host of its address. */
  readonly servername?: string;
  /** False: the server's certificate is not checked. */
  readonly rejectUnauthorized?: boolean;
}
