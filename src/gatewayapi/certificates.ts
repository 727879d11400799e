/**
 * The certificates in Secrets of type kubernetes.io/tls: read, checked, judged by time. Nothing here holds or tells a private key.
 * Source: https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets; RFC 5280; RFC 7468.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Secret } from "../api/core/secret.ts";
import type { Collection, Graph } from "../graph/index.ts";
import type { Objects } from "./objects.ts";
import { answersFor } from "./ocsp-staple.ts";

/** What is known of a certificate that may be presented to clients. */
export interface ServerCertificate {
  /** DNS names in its subjectAltName, in lower case: those that a client takes it for. */
  readonly names: readonly string[];
  /** Common name of the subject, in lower case; it counts only where a certificate has no DNS names. */
  readonly commonName?: string;
  /** Kind of its key, as node:crypto calls it: `rsa`, `ec`, `ed25519`. */
  readonly keyAlgorithm: string;
  /** What is wrong with its Secret although the certificate can be presented, to be continued after the name of the Secret. */
  readonly flaw?: string;
}

/** A certificate as it stands in its Secret, whatever the time. */
export interface StoredCertificate extends ServerCertificate {
  /** The certificate and those that lead to its root, without anything that stood between them: PEM, base64. */
  readonly chain: string;
  /** The OCSP response to hand on with it: DER, base64. */
  readonly ocspStaple?: string;
  /** First and last moment of its validity, in milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Something that was read, or what is wrong with it, to be continued after the name of the Secret. */
export type OrMistake<T> = T | { readonly mistake: string };

/** When a certificate is valid. */
export type Validity = Pick<StoredCertificate, "notBefore" | "notAfter">;

/** How a certificate stands at a moment, in milliseconds since 1970. */
export function standingAt({ notBefore, notAfter }: Validity, moment: number): "early" | "valid" | "expired" {
  if (moment < notBefore) return "early";
  return moment > notAfter ? "expired" : "valid";
}

/** Key of the moment at which Secrets are judged that have no moment of their own. */
export const now = "now";

/** Derives what the Secrets hold, whatever the time. Key: the Secret's; those that only name an SDS server have no entry. */
export function deriveStoredCertificates(graph: Graph, objects: Objects): Collection<OrMistake<StoredCertificate>> {
  return graph.derive("stored certificates", objects.Secret, (_context, secret) =>
    secret.type === sdsType ? undefined : readCertificate(secret),
  );
}

/**
 * Derives what the Secrets are good for at the moments in `instants`, in milliseconds since 1970: that under the Secret's key, else
 * that under `now`. Where there is neither, every time is right.
 */
export function deriveCertificates(
  graph: Graph,
  stored: Collection<OrMistake<StoredCertificate>>,
  instants: Collection<number>,
): Collection<OrMistake<ServerCertificate>> {
  return graph.derive("certificates", stored, (context, read, key): OrMistake<ServerCertificate> => {
    if ("mistake" in read) return read;
    const { chain: _chain, ocspStaple: _staple, notBefore, notAfter, ...certificate } = read;
    const moment = context.get(instants, key) ?? context.get(instants, now) ?? notBefore;
    const standing = standingAt(read, moment);
    const at = (time: number) => new Date(time).toISOString();
    if (standing === "early") return { mistake: `holds a certificate that is not valid before ${at(notBefore)}` };
    if (standing === "expired") return { mistake: `holds a certificate that expired at ${at(notAfter)}; renew it` };
    return certificate;
  });
}

/** The type of Secrets that name an SDS server instead of holding a certificate. */
export const sdsType = "gateway.envoyproxy.io/sds";

const tlsType = "kubernetes.io/tls";

/** Reads a certificate and checks that it belongs to its key and that Envoy will take both. */
export function readCertificate({ type, data = {} }: Pick<Secret, "type" | "data">): OrMistake<StoredCertificate> {
  if (type !== tlsType) return { mistake: `has type ${type}; only ${tlsType} can be used` };
  const chain = readChain(data["tls.crt"]);
  if ("mistake" in chain) return chain;
  const { leaf, pem } = chain;
  const weakness = keyWeakness(leaf.publicKey);
  if (weakness !== undefined) return { mistake: weakness };
  const key = readKey(data["tls.key"]);
  if ("mistake" in key) return key;
  if (!leaf.checkPrivateKey(key.key)) {
    return { mistake: "holds a private key (tls.key) that does not belong to its certificate (tls.crt)" };
  }
  const commonName = /^CN=(.+)$/m.exec(leaf.subject)?.[1]?.toLowerCase();
  return {
    names: dnsNames(leaf),
    ...(commonName === undefined ? {} : { commonName }),
    keyAlgorithm: leaf.publicKey.asymmetricKeyType ?? "unknown",
    ...readStaple(data["tls.ocsp-staple"], leaf),
    chain: Buffer.from(pem, "latin1").toString("base64"),
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
  };
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the whole chain, because Envoy does too; the first certificate is the one that is presented. */
function readChain(encoded: string | undefined): OrMistake<{ readonly leaf: X509Certificate; readonly pem: string }> {
  if (encoded === undefined) return { mistake: "has no tls.crt; put a certificate in PEM there" };
  const blocks = decode(encoded).match(certificateBlock) ?? [];
  const chain: X509Certificate[] = [];
  for (const block of blocks) {
    const certificate = attempt(() => new X509Certificate(block));
    if (certificate === undefined) {
      return { mistake: `has a tls.crt whose certificate ${chain.length + 1} of ${blocks.length} cannot be read` };
    }
    chain.push(certificate);
  }
  const [leaf] = chain;
  if (leaf === undefined) return { mistake: "has a tls.crt without a certificate in PEM" };
  return { leaf, pem: chain.map((certificate) => certificate.toString()).join("") };
}

function readKey(encoded: string | undefined): OrMistake<{ readonly key: KeyObject }> {
  if (encoded === undefined) return { mistake: "has no tls.key; put the certificate's private key in PEM there" };
  // The error would be about the key, so it is not told.
  const key = attempt(() => createPrivateKey(decode(encoded)));
  if (key !== undefined) return { key };
  return { mistake: "has a tls.key without a private key in PEM that can be read (PKCS #8, PKCS #1 or SEC 1, not encrypted)" };
}

/** A response that is out of place must not keep the certificate from being presented. */
function readStaple(encoded: string | undefined, leaf: X509Certificate): Pick<StoredCertificate, "ocspStaple" | "flaw"> {
  if (encoded === undefined) return {};
  const response = Buffer.from(encoded, "base64");
  if (answersFor(response, leaf)) return { ocspStaple: response.toString("base64") };
  const flaw =
    "has a tls.ocsp-staple that is no OCSP response (DER) about its certificate, which is presented without; renew or remove it";
  return { flaw };
}

function decode(encoded: string): string {
  return Buffer.from(encoded, "base64").toString("latin1");
}

/** `parse()`, or undefined where it throws: both constructors of node:crypto throw for anything that they cannot read. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

const envoyCurves: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];

/** Why Envoy would refuse a key. Source: what Envoy 1.40 says of such configurations. */
function keyWeakness({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case "rsa":
      if (modulusLength >= 2048) return undefined;
      return `holds an RSA key of ${modulusLength} bits; Envoy takes keys of at least 2048 bits`;
    case "ec":
      if (envoyCurves.includes(namedCurve)) return undefined;
      return `holds a key on the curve ${namedCurve}; Envoy takes P-256, P-384 and P-521`;
    case "ed25519":
      return undefined;
    default:
      return `holds a key of type ${asymmetricKeyType}; Envoy takes RSA (rsaEncryption), ECDSA and Ed25519`;
  }
}

function dnsNames({ subjectAltName }: X509Certificate): readonly string[] {
  const entries = (subjectAltName ?? "").split(", ").filter((entry) => entry.startsWith("DNS:"));
  return [...new Set(entries.map((entry) => entry.slice("DNS:".length).toLowerCase()))];
}
