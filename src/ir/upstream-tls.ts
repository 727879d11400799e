/** TLS between proxies and backends: a part of a destination's setting. Secrets are named only, so that new ones change nothing here. */
import type { SecretSource } from "./outside-secret.ts";
import type { ObjectRef, ScopeKey } from "./reference.ts";
import { slot } from "./slot.ts";

/** How the connections to one backend are secured. */
export interface UpstreamTls {
  /** What its certificate is checked against; where left out, nothing is checked. */
  readonly trust?: Trust;
  /**
   * The name that the proxy asks for (SNI): the host of each request, the host name of the endpoint that was chosen, or this one. The
   * certificate must be for it, unless `subjectAltNames` says more.
   */
  readonly serverName: "request host" | "endpoint" | { readonly name: string };
  /** The names of which the certificate must have one, instead of the server name. */
  readonly subjectAltNames?: readonly { readonly type: "DNS" | "URI"; readonly value: string }[];
  readonly handshake: Handshake;
}

/** CA certificates that are trusted. */
export interface Trust {
  /** The name under which proxies ask us for them, or where else they get them. */
  readonly secret: SecretSource;
  /** Key of the TrustBundle that they are in, or that says where they are. */
  readonly bundle: string;
}

/** What the proxy offers in a handshake; what is left out is Envoy's default, TLS 1.2 to 1.3. */
export interface Handshake {
  /** The certificate by which the proxy authenticates itself: `<namespace>/<name>` of its Secret, or a secret from elsewhere. */
  readonly certificate?: SecretSource;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Cipher suites for TLS up to 1.2. */
  readonly ciphers?: readonly string[];
  readonly curves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
  /** Application protocols, the preferred first (RFC 7301). An empty list: nothing is negotiated, HTTP/1.1 is spoken. */
  readonly alpn?: readonly string[];
}

/** A version of TLS as a bound; `Auto` leaves it to Envoy. */
export type TlsVersion = "Auto" | "1.0" | "1.1" | "1.2" | "1.3";

/** The place of the TLS settings among the parts of a destination's setting. Plain text is spoken where it is empty. */
export const upstreamTlsSlot = slot<UpstreamTls>("upstream-tls");

/** The key of the TrustBundle with the CA certificates of the system that the proxy runs on. */
export const systemTrust = "system";

/** CA certificates as the proxies of one scope need them. Key: `scope|name`. */
export interface TrustedAuthorities {
  readonly scope: ScopeKey;
  readonly name: string;
  /** PEM, base64; or those of the system. */
  readonly certificates: string | typeof systemTrust;
  /** The certificates that they revoked. */
  readonly revoked?: RevokedCertificates;
  /** The object that names them; none for those of the system. */
  readonly source?: ObjectRef;
}

/** Certificates that their issuers revoked. */
export interface RevokedCertificates {
  /** Revocation lists: PEM, base64. */
  readonly lists: string;
  /** Only the certificate at the end of a chain is looked up. */
  readonly leafOnly: boolean;
}
