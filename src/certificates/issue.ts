/**
 * Issues the certificates of the xDS channel. One CA signs all and its key is forgotten, so nothing can be added to the set later: it
 * is always issued as a whole.
 *
 * Keys are ECDSA P-256: every proxy connection costs the control plane's only thread a signature, for which P-256 takes a small part
 * of the time of RSA-2048, and a set is issued five times as fast. Envoy and Go take both.
 */
import type { webcrypto } from "node:crypto";
import type { X509Certificate } from "@peculiar/x509";
import type { TlsMaterial } from "./material.ts";

/** The programs that get a certificate: the control plane, the proxies, the rate limit service. Also their folders and Secrets. */
export const certificateNames = ["envoy-gateway", "envoy", "envoy-rate-limit"] as const;

/** One of those programs. */
export type CertificateName = (typeof certificateNames)[number];

/** One certificate for each program, signed by one CA. */
export type CertificateSet = Readonly<Record<CertificateName, TlsMaterial>>;

/** The subject of our CA. */
export const authorityName = "envoy-gateway";

/** What certificates are issued for. */
export interface IssueOptions {
  /** The namespace of the control plane. Default: `envoy-gateway-system`. */
  readonly namespace?: string;
  /** The DNS domain of the cluster. Default: `cluster.local`. */
  readonly dnsDomain?: string;
  /** Also for programs on this machine: the control plane's certificate is valid for `localhost` and the loopback addresses. */
  readonly local?: boolean;
  /** The moment of issue. */
  readonly now?: Date;
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

type X509 = typeof import("@peculiar/x509");
type AlternativeNames = ConstructorParameters<X509["SubjectAlternativeNameExtension"]>[0];

const day = 24 * 60 * 60 * 1000;
const lifetime = 5 * 365 * day;
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };

/** Issues a new CA (CN `envoy-gateway`) and a certificate for each program, valid for five years. */
export async function issueCertificates(options: IssueOptions = {}): Promise<CertificateSet> {
  const x509 = await loadX509();
  const now = options.now ?? new Date();
  // Clocks of other machines may be behind.
  const validity = { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + lifetime) };
  const authority = await createAuthority(x509, validity);
  const issue = async (name: CertificateName): Promise<TlsMaterial> => {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: serialNumber(),
      subject: `CN=${name}`,
      issuer: authority.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: authority.signingKey,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(alternativeNames(name, options)),
        await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
        // The control plane's certificate and the CA share their name: key identifiers tell them apart.
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { certificate: pem(certificate), key: await privateKeyPem(x509, keys.privateKey), ca: pem(authority.certificate) };
  };
  const [gateway, envoy, rateLimit] = await Promise.all(certificateNames.map(issue));
  if (gateway === undefined || envoy === undefined || rateLimit === undefined) throw new Error("a certificate is missing");
  return { "envoy-gateway": gateway, envoy, "envoy-rate-limit": rateLimit };
}

/** Loaded on first use: most starts find their certificates and never need it. */
async function loadX509(): Promise<X509> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

async function createAuthority(x509: X509, validity: Validity) {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: `CN=${authorityName}`,
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, signingKey: keys.privateKey };
}

function alternativeNames(
  name: CertificateName,
  { namespace = "envoy-gateway-system", dnsDomain = "cluster.local", local }: IssueOptions,
): AlternativeNames {
  const dns = (value: string) => ({ type: "dns" as const, value });
  if (name !== "envoy-gateway") return [dns(`*.${namespace}`)];
  const service = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.${dnsDomain}`].map(dns);
  const loopback = [dns("localhost"), { type: "ip" as const, value: "127.0.0.1" }, { type: "ip" as const, value: "::1" }];
  return local === true ? [...service, ...loopback] : service;
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

/** 16 random octets with the top bit clear, so that the number is positive (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(octets).toString("hex");
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function privateKeyPem(x509: X509, key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag)}\n`;
}
