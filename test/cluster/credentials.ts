/** Keys, certificates and tokens of a cluster, made anew for each. */
import "reflect-metadata";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { apiServerUrl, nodeAddress, serviceAddressOfApiServer } from "./addresses.ts";

/** The files of a cluster's credentials, by path. */
export interface Credentials {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Signs the tokens of service accounts. */
  readonly accountKey: string;
  readonly accountPublicKey: string;
  /** The tokens that the API server knows: one, of an administrator. */
  readonly tokens: string;
  readonly kubeconfig: string;
}

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 365 * 86_400_000) };

/** The paths of the credentials in a cluster's folder. */
export function credentialPaths(directory: string): Credentials {
  const file = (name: string) => join(directory, "credentials", name);
  return {
    authority: file("ca.crt"),
    certificate: file("server.crt"),
    key: file("server.key"),
    accountKey: file("accounts.key"),
    accountPublicKey: file("accounts.pub"),
    tokens: file("tokens.csv"),
    kubeconfig: join(directory, "kubeconfig"),
  };
}

/** Writes a cluster's credentials into its folder. */
export async function writeCredentials(directory: string): Promise<Credentials> {
  const paths = credentialPaths(directory);
  mkdirSync(join(directory, "credentials"), { recursive: true, mode: 0o700 });
  const write = (path: string, content: string) => writeFileSync(path, content, { mode: 0o600 });
  const { authority, certificate, key } = await issueServerCertificate();
  const accounts = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
  write(paths.authority, authority);
  write(paths.certificate, certificate);
  write(paths.key, key);
  write(paths.accountKey, accounts.privateKey);
  write(paths.accountPublicKey, accounts.publicKey);
  write(paths.tokens, `${token},admin,admin,system:masters\n`);
  write(paths.kubeconfig, kubeconfig(authority, token));
  return paths;
}

/** For the API server and, on the same address, the node. */
async function issueServerCertificate() {
  const generate = () => crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const [authorityKeys, keys] = await Promise.all([generate(), generate()]);
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: "01",
    name: "CN=cluster-under-test",
    keys: authorityKeys,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
  const names: JsonGeneralNames = [
    ...[nodeAddress, serviceAddressOfApiServer, "127.0.0.1"].map((value) => ({ type: "ip" as const, value })),
    ...["localhost", ...service].map((value) => ({ type: "dns" as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: "02",
    subject: "CN=kube-apiserver",
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]), new SubjectAlternativeNameExtension(names)],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    authority: `${authority.toString("pem")}\n`,
    certificate: `${certificate.toString("pem")}\n`,
    key: `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n`,
  };
}

/** JSON is YAML, too. */
function kubeconfig(authority: string, token: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "cluster",
        cluster: { server: apiServerUrl, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "cluster", context: { cluster: "cluster", user: "admin" } }],
    "current-context": "cluster",
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
