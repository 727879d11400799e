/** A certificate, its key and the CA behind it, as the programs of a gateway use them. */
import { createPrivateKey, X509Certificate } from "node:crypto";

/** PEM texts. `ca` may hold several certificates: all of them are trusted. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

/** Why material cannot be used, in words for the user; undefined when it can. Expiry is another question: see `expiryOf`. */
export function problemOf({ certificate, key, ca }: TlsMaterial): string | undefined {
  const leaf = parseCertificates(certificate)[0];
  if (leaf === undefined) return "the certificate is not a PEM certificate";
  const authorities = parseCertificates(ca);
  if (authorities.length === 0) return "the CA is not a PEM certificate";
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key))) return "the key does not belong to the certificate";
  } catch {
    return "the key is not a PEM private key";
  }
  return authorities.some((authority) => leaf.verify(authority.publicKey))
    ? undefined
    : "the certificate was not signed by the CA";
}

/** When the first certificate of a PEM text stops being valid, in milliseconds since 1970; undefined when there is none. */
export function expiryOf(pem: string): number | undefined {
  const certificate = parseCertificates(pem)[0];
  return certificate === undefined ? undefined : Date.parse(certificate.validTo);
}

/** The certificates of a PEM text; none when one of them cannot be read. */
export function parseCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}
