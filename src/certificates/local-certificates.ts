/** The certificates of a control plane and its proxies on one machine: what `envoy-gateway certgen --local` and the first start make. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readCertificateFiles, readIfThere, writeCertificateFiles, writeWhole } from "./certificate-files.ts";
import { authorityName, type CertificateName, type CertificateSet, certificateNames, issueCertificates } from "./issue.ts";
import { expiryOf, parseCertificates, problemOf, type TlsMaterial } from "./material.ts";

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
export interface LocalCertificateOptions {
  /** Replaces what is there. */
  readonly overwrite?: boolean;
  /** Certificates that end within this time are renewed, in milliseconds. Default: 90 days. */
  readonly renewBeforeMs?: number;
  readonly now?: Date;
}

const day = 24 * 60 * 60 * 1000;

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
  const now = options.now ?? new Date();
  await ensureHmacSecret(join(directory, "envoy-oidc-hmac", "hmac-secret"), options.overwrite === true);
  const present = await readSet(folders);
  const state = options.overwrite === true ? "absent" : judge(present, now.getTime() + (options.renewBeforeMs ?? 90 * day));
  if (state === "valid") return { outcome: "kept", directory, folders, expires: earliestExpiry(present) };
  if (state === "broken" && !present.every(isOurs)) {
    throw new Error(
      `the certificates in ${directory} cannot be used (${problemsOf(present)}): mend them, or replace them with "envoy-gateway certgen --local --overwrite"`,
    );
  }
  const issued = await issueCertificates({ local: true, now });
  const oldAuthorities = state === "absent" ? [] : validAuthorities(present, now.getTime());
  for (const name of certificateNames) await writeCertificateFiles(folders[name], withAuthorities(issued[name], oldAuthorities));
  return {
    outcome: state === "ending" ? "renewed" : "created",
    directory,
    folders,
    expires: earliestExpiry(Object.values(issued)),
  };
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

type Present = readonly (TlsMaterial | undefined)[];

function readSet(folders: Readonly<Record<CertificateName, string>>): Promise<Present> {
  return Promise.all(certificateNames.map((name) => readCertificateFiles(folders[name])));
}

function judge(present: Present, deadline: number): "absent" | "broken" | "ending" | "valid" {
  if (present.every((material) => material === undefined)) return "absent";
  if (present.some((material) => material === undefined || problemOf(material) !== undefined)) return "broken";
  // Certificates of the user's own CA are the user's to renew.
  return earliestExpiry(present) <= deadline && present.every(isOurs) ? "ending" : "valid";
}

function problemsOf(present: Present): string {
  const problems = present.map((material, at) => {
    const problem = material === undefined ? "files are missing" : problemOf(material);
    return problem === undefined ? [] : [`${certificateNames[at]}: ${problem}`];
  });
  return problems.flat().join("; ");
}

/** Whether the material was issued by us, or is not there at all. */
function isOurs(material: TlsMaterial | undefined): boolean {
  if (material === undefined) return true;
  const authorities = parseCertificates(material.ca);
  return authorities.length > 0 && authorities.every(({ subject }) => subject === `CN=${authorityName}`);
}

function earliestExpiry(present: Present): number {
  const ends = present.flatMap((material) =>
    material === undefined ? [] : [expiryOf(material.certificate), expiryOf(material.ca)],
  );
  return Math.min(...ends.filter((end) => end !== undefined));
}

function validAuthorities(present: Present, now: number): string[] {
  const certificates = present.flatMap((material) => (material === undefined ? [] : parseCertificates(material.ca)));
  const valid = certificates.filter(({ validTo }) => Date.parse(validTo) > now).map((certificate) => certificate.toString());
  return [...new Set(valid)];
}

function withAuthorities(material: TlsMaterial, others: readonly string[]): TlsMaterial {
  return { ...material, ca: [material.ca, ...others].join("") };
}

/** 32 random bytes that sign the cookies of OIDC sessions. They never end: renewing them would log everyone out. */
async function ensureHmacSecret(path: string, overwrite: boolean): Promise<void> {
  if (!overwrite && (await readIfThere(path)) !== undefined) return;
  await writeWhole(path, randomBytes(32), 0o600);
}
