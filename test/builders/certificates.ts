/** Certificates as tests need them, and Secrets that hold them. */
import "reflect-metadata";
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Secret } from "../../src/api/core/secret.ts";

/** A certificate with its private key, both in PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is made like. Default: a P-256 key, valid from 2020 to 2120. */
export interface CertificateOptions {
  readonly key?: { readonly name: "ECDSA"; readonly namedCurve: string } | { readonly name: "RSA"; readonly bits: number };
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly commonName?: string;
  /** Whom it authenticates. Default: servers. */
  readonly of?: "clients" | "servers";
}

/** Makes a self-signed certificate for DNS names. */
export async function issue(names: readonly string[], options: CertificateOptions = {}): Promise<TestCertificate> {
  const { key = { name: "ECDSA", namedCurve: "P-256" }, notBefore = "2020-01-01", notAfter = "2120-01-01" } = options;
  const algorithm =
    key.name === "ECDSA"
      ? key
      : { name: "RSASSA-PKCS1-v1_5", modulusLength: key.bits, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex"),
    name: `CN=${options.commonName ?? "test"}`,
    keys,
    signingAlgorithm: { name: algorithm.name, hash: "SHA-256" },
    extensions: [
      new ExtendedKeyUsageExtension([options.of === "clients" ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: pem(certificate), key: `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n` };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

/** What stands first in an OCSP response about a certificate, which is all that is looked at: DER, as a binary string. */
export function ocspResponse({ certificate }: TestCertificate): string {
  const serial = Buffer.from(new X509Certificate(certificate).serialNumber, "hex");
  const signed = Buffer.concat([(serial[0] ?? 0) < 0x80 ? Buffer.of() : Buffer.of(0), serial]);
  const content = Buffer.concat([Buffer.of(0x0a, 1, 0), Buffer.of(0x02, signed.length), signed]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]).toString("latin1");
}

/** A Secret of type kubernetes.io/tls, by its key. */
export function tlsSecret(key: string, { certificate, key: privateKey }: TestCertificate): Secret {
  return secret(key, { "tls.crt": certificate, "tls.key": privateKey });
}

/** A Secret with texts (or binary strings) as data. */
export function secret(key: string, data: Readonly<Record<string, string>>, type = "kubernetes.io/tls"): Secret {
  const [namespace = "", name = ""] = key.split("/");
  const encoded = Object.entries(data).map(([at, text]) => [at, Buffer.from(text, "latin1").toString("base64")]);
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, type, data: Object.fromEntries(encoded) };
}
