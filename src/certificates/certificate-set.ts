/** Whether the certificates that are there will do, and what takes their place when they do not. */
import {
  authorityName,
  type CertificateName,
  type CertificateSet,
  certificateNames,
  type IssueOptions,
  issueCertificates,
} from "./issue.ts";
import { expiryOf, parseCertificates, problemOf, type TlsMaterial } from "./material.ts";

/** The certificates that are there. */
export type PresentCertificates = Readonly<Partial<Record<CertificateName, TlsMaterial>>>;

/** How certificates are judged, and issued where they must be. */
export interface SetOptions extends IssueOptions {
  /** Replaces what is there. */
  readonly overwrite?: boolean;
  /** Certificates that end within this time are renewed, in milliseconds. Default: 90 days. */
  readonly renewBeforeMs?: number;
}

/** What to do about the certificates that are there. */
export type SetVerdict =
  | { readonly outcome: "kept" }
  /** There were none, those there could not be used, or they end soon: `set` takes their place. */
  | { readonly outcome: "created" | "renewed"; readonly set: CertificateSet }
  /** Someone else issued some of them, and together they cannot be used, which `problems` says in words for the user. */
  | { readonly outcome: "foreign"; readonly problems: string };

const day = 24 * 60 * 60 * 1000;

/**
 * Judges certificates. A set that is complete and valid is kept. A new set trusts the CAs of the old one too until these end, so that
 * programs that have not reloaded yet stay connected. Certificates of the user's own CA are the user's to renew.
 */
export async function judgeSet(present: PresentCertificates, options: SetOptions): Promise<SetVerdict> {
  const now = options.now ?? new Date();
  const state = options.overwrite === true ? "absent" : stateOf(present, now.getTime() + (options.renewBeforeMs ?? 90 * day));
  if (state === "valid") return { outcome: "kept" };
  if (state === "broken" && !Object.values(present).every(isOurs)) return { outcome: "foreign", problems: problemsOf(present) };
  const issued = await issueCertificates({ ...options, now });
  const old = state === "absent" ? [] : validAuthorities(present, now.getTime());
  const trusting = ({ ca, ...rest }: TlsMaterial): TlsMaterial => ({ ...rest, ca: [ca, ...old].join("") });
  const set = {
    "envoy-gateway": trusting(issued["envoy-gateway"]),
    envoy: trusting(issued.envoy),
    "envoy-rate-limit": trusting(issued["envoy-rate-limit"]),
  };
  return { outcome: state === "ending" ? "renewed" : "created", set };
}

/** When the first of some certificates ends, its CA included, in milliseconds since 1970. */
export function earliestExpiry(present: PresentCertificates): number {
  const ends = Object.values(present).flatMap(({ certificate, ca }) => [expiryOf(certificate), expiryOf(ca)]);
  return Math.min(...ends.filter((end) => end !== undefined));
}

function stateOf(present: PresentCertificates, deadline: number): "absent" | "broken" | "ending" | "valid" {
  const all = Object.values(present);
  if (all.length === 0) return "absent";
  if (all.length < certificateNames.length || all.some((material) => problemOf(material) !== undefined)) return "broken";
  return earliestExpiry(present) <= deadline && all.every(isOurs) ? "ending" : "valid";
}

function problemsOf(present: PresentCertificates): string {
  const problems = certificateNames.flatMap((name) => {
    const material = present[name];
    const problem = material === undefined ? "missing" : problemOf(material);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  return problems.join("; ");
}

function isOurs({ ca }: TlsMaterial): boolean {
  const authorities = parseCertificates(ca);
  return authorities.length > 0 && authorities.every(({ subject }) => subject === `CN=${authorityName}`);
}

function validAuthorities(present: PresentCertificates, now: number): string[] {
  const certificates = Object.values(present).flatMap(({ ca }) => parseCertificates(ca));
  const valid = certificates.filter(({ validTo }) => Date.parse(validTo) > now).map((certificate) => certificate.toString());
  return [...new Set(valid)];
}
