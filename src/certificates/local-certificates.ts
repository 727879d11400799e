/** The certificates of a control plane and its proxies on one machine: what `envoy-gateway certgen --local` and the first start make. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readCertificateFiles, readIfThere, writeCertificateFiles, writeWhole } from "./certificate-files.ts";
import { earliestExpiry, judgeSet, type PresentCertificates, type SetOptions } from "./certificate-set.ts";
import { type CertificateName, type CertificateSet, certificateNames } from "./issue.ts";

/** What became of the certificates: kept as they are, made for the first time or anew, or renewed because they end soon. */
export interface LocalCertificates {
  readonly outcome: "kept" | "created" | "renewed";
  /** `<config home>/certs`; each program has a folder in it. */
  readonly directory: string;
  /** The folder of each program: `ca.crt`, `tls.crt`, `tls.key`. */
  readonly folders: Readonly<Record<CertificateName, string>>;
  /** When the first of them ends, in milliseconds since 1970. */
  readonly expires: number;
}

/** How local certificates are made. */
export type LocalCertificateOptions = Pick<SetOptions, "overwrite" | "renewBeforeMs" | "now">;

/**
 * Sees to it that `<configHome>/certs` holds a complete, valid set (`envoy-gateway`, `envoy`, `envoy-rate-limit`, and the HMAC secret in
 * `envoy-oidc-hmac/hmac-secret`). What is there and valid is kept. A renewed set trusts the old CA too until that ends, so that
 * programs that have not reloaded yet stay connected. Rejects when the files there were issued by someone else and are broken.
 */
export async function ensureLocalCertificates(
  configHome: string,
  options: LocalCertificateOptions = {},
): Promise<LocalCertificates> {
  const directory = join(configHome, "certs");
  const folders = folderOf(directory);
  await ensureHmacSecret(join(directory, "envoy-oidc-hmac", "hmac-secret"), options.overwrite === true);
  const present = await readSet(folders);
  const verdict = await judgeSet(present, { ...options, local: true });
  if (verdict.outcome === "kept") return { outcome: "kept", directory, folders, expires: earliestExpiry(present) };
  if (verdict.outcome === "foreign") {
    throw new Error(
      `the certificates in ${directory} cannot be used (${verdict.problems}): mend them, or replace them with "envoy-gateway certgen --local --overwrite"`,
    );
  }
  for (const name of certificateNames) await writeCertificateFiles(folders[name], verdict.set[name]);
  return { outcome: verdict.outcome, directory, folders, expires: earliestExpiry(verdict.set) };
}

/** The three certificates that stand in `<configHome>/certs`; rejects when one is missing. */
export async function readLocalCertificates(configHome: string): Promise<CertificateSet> {
  const read = async (name: CertificateName) => {
    const folder = folderOf(join(configHome, "certs"))[name];
    const material = await readCertificateFiles(folder);
    if (material === undefined) throw new Error(`no certificate in ${folder}: run "envoy-gateway certgen --local"`);
    return material;
  };
  return {
    "envoy-gateway": await read("envoy-gateway"),
    envoy: await read("envoy"),
    "envoy-rate-limit": await read("envoy-rate-limit"),
  };
}

function folderOf(directory: string): Record<CertificateName, string> {
  return {
    "envoy-gateway": join(directory, "envoy-gateway"),
    envoy: join(directory, "envoy"),
    "envoy-rate-limit": join(directory, "envoy-rate-limit"),
  };
}

async function readSet(folders: Readonly<Record<CertificateName, string>>): Promise<PresentCertificates> {
  const read = await Promise.all(
    certificateNames.map(async (name) => [name, await readCertificateFiles(folders[name])] as const),
  );
  return Object.fromEntries(read.filter(([, material]) => material !== undefined));
}

/** 32 random bytes that sign the cookies of OIDC sessions. They never end: renewing them would log everyone out. */
async function ensureHmacSecret(path: string, overwrite: boolean): Promise<void> {
  if (!overwrite && (await readIfThere(path)) !== undefined) return;
  await writeWhole(path, randomBytes(32), 0o600);
}
