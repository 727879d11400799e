/** Secrets that proxies do not get from us: a server on their own machine hands them out by the secret discovery service (SDS). */

/** A secret at a server that listens on a Unix domain socket. */
export interface OutsideSecret {
  /** What the server calls it. */
  readonly name: string;
  /** Absolute path of the socket. */
  readonly socket: string;
}

/** Where proxies get a secret from: from us, under this name, or from elsewhere. */
export type SecretSource = string | OutsideSecret;
