/** A certificate authority as tests need it: it issues certificates and revokes them. */
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
} from "@peculiar/x509";
import type { TestCertificate } from "./certificates.ts";

/** An authority. */
export interface TestAuthority {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  /** Issues a certificate for DNS names, valid from 2020, to `notAfter`. */
  issue(names: readonly string[], notAfter?: string): Promise<TestCertificate>;
  /** The list (PEM) of the certificates that it revoked, to be replaced at `nextUpdate`. */
  revoke(certificates: readonly TestCertificate[], nextUpdate?: string): Promise<string>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const since = new Date("2020-01-01");
const far = "2120-01-01";

/** Makes an authority of its own. */
export async function makeAuthority(): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const name = "CN=authority";
  const own = await X509CertificateGenerator.createSelfSigned({
    ...{ name, keys, signingAlgorithm, serialNumber: serial(), notBefore: since, notAfter: new Date(far) },
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: `${own.toString("pem")}\n`,
    async issue(names, notAfter = far) {
      const subject = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const certificate = await X509CertificateGenerator.create({
        ...{ issuer: name, subject: "CN=client", serialNumber: serial(), notBefore: since, notAfter: new Date(notAfter) },
        ...{ publicKey: subject.publicKey, signingKey: keys.privateKey, signingAlgorithm },
        extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))],
      });
      const pkcs8 = await crypto.subtle.exportKey("pkcs8", subject.privateKey);
      const key = `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n`;
      return { certificate: `${certificate.toString("pem")}\n`, key };
    },
    async revoke(certificates, nextUpdate = far) {
      const list = await X509CrlGenerator.create({
        ...{ issuer: name, thisUpdate: since, nextUpdate: new Date(nextUpdate), signingKey: keys.privateKey, signingAlgorithm },
        entries: certificates.map(({ certificate }) => ({
          serialNumber: new X509Certificate(certificate).serialNumber,
          revocationDate: since,
          // Without any extension, the library would write an empty list of them, which is none (RFC 5280 section 5.1).
          reason: X509CrlReason.keyCompromise,
        })),
      });
      // Under the label of RFC 7468, which is not that of the library.
      return `${PemConverter.encode(list.rawData, "X509 CRL")}\n`;
    },
  };
}

function serial(): string {
  return `10${Buffer.from(crypto.getRandomValues(new Uint8Array(7))).toString("hex")}`;
}
