/** The certificates that HTTPS listeners present. Source: gateway-api v1.6, gateway_types.go (ListenerTLSConfig.CertificateRefs). */
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Context, Graph } from "../graph/index.ts";
import type { OutsideSecret, SecretSource } from "../ir/outside-secret.ts";
import type { OrMistake, ServerCertificate } from "./certificates.ts";
import { coversHostname } from "./hostnames.ts";
import type { CertificateRef, DeclaredListener } from "./listeners.ts";
import { objectKey } from "./object-ref.ts";
import type { OutsideSecrets } from "./outside-secrets.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { References } from "./references.ts";

/** What became of the certificateRefs of a listener. Key: the listener's. Only listeners that end TLS have an entry. */
export interface ListenerCertificates {
  /** What to present, in the order of the references: keys of Secrets, or secrets from elsewhere. */
  readonly secrets: readonly SecretSource[];
  /** The DNS names in all their certificates that can be looked into, sorted. */
  readonly names: readonly string[];
  /** One of the certificates comes from elsewhere: nobody knows its names. */
  readonly opaque?: true;
  /** What is wrong with the references. Where `secrets` is empty, the listener cannot be served. */
  readonly problem?: Problem;
}

/** What references to certificates are followed with. */
export interface CertificateSources {
  readonly certificates: Collection<OrMistake<ServerCertificate>>;
  readonly outsideSecrets: OutsideSecrets;
  readonly references: References;
}

/** Derives the certificates of all listeners that end TLS. */
export function deriveListenerCertificates(
  graph: Graph,
  listeners: Collection<DeclaredListener>,
  sources: CertificateSources,
): Collection<ListenerCertificates> {
  return graph.derive("listener certificates", listeners, (context, listener) => {
    const { certificateRefs } = listener;
    if (certificateRefs.length === 0) return undefined;
    return choose(
      listener,
      certificateRefs.map((ref, i) => follow(context, listener, ref, i, sources)),
    );
  });
}

/** One reference, followed: the certificate that it leads to, or why there is none. */
type Followed =
  | { readonly secret: string; readonly certificate: ServerCertificate; readonly at: string }
  | { readonly outside: OutsideSecret }
  | Problem;

function follow(
  context: Context,
  { source, name }: DeclaredListener,
  ref: CertificateRef,
  index: number,
  { certificates, outsideSecrets, references }: CertificateSources,
): Followed {
  const at = `tls.certificateRefs[${index}] of listener ${name}`;
  if (ref.group !== "" || ref.kind !== "Secret") {
    const message = `${at}: ${ref.kind} of group "${ref.group}" holds no certificate; use a Secret`;
    return { reason: reasons.InvalidCertificateRef, message };
  }
  const target = { group: "", kind: "Secret", namespace: ref.namespace ?? source.namespace, name: ref.name };
  const secret = objectKey(target);
  if (!references.permitted(context, { group: gatewayGroup, kind: source.kind, namespace: source.namespace }, target)) {
    const message = `${at}: no ReferenceGrant in namespace ${target.namespace} lets ${source.kind}s of namespace ${source.namespace} use Secret ${secret}`;
    return { reason: reasons.RefNotPermitted, message };
  }
  const outside = context.get(outsideSecrets, secret);
  if (outside !== undefined && !("mistake" in outside)) return { outside };
  const certificate = outside ?? context.get(certificates, secret) ?? { mistake: "does not exist" };
  if ("mistake" in certificate) {
    return { reason: reasons.InvalidCertificateRef, message: `${at}: Secret ${secret} ${certificate.mistake}` };
  }
  return { secret, certificate, at };
}

/** Takes what can be presented. Of two certificates that Envoy could not choose between, the first is taken. */
function choose({ hostname }: DeclaredListener, followed: readonly Followed[]): ListenerCertificates {
  const taken = new Map<string, string>();
  const names = new Set<string>();
  const secrets: SecretSource[] = [];
  const problems: Problem[] = [];
  for (const each of followed) {
    if ("outside" in each) {
      if (!secrets.some((other) => isSame(other, each.outside))) secrets.push(each.outside);
      continue;
    }
    if (!("secret" in each)) {
      problems.push(each);
      continue;
    }
    const { secret, certificate, at } = each;
    const claims = claimsOf(certificate, hostname);
    const [rival] = claims.filter((claim) => taken.has(claim) && taken.get(claim) !== secret);
    if (rival !== undefined) {
      const message = `${at}: Secret ${taken.get(rival)} holds a certificate for the same name with the same kind of key (${rival}) already; keep one of them`;
      problems.push({ reason: reasons.InvalidCertificateRef, message });
      continue;
    }
    for (const claim of claims) taken.set(claim, secret);
    for (const name of certificate.names) names.add(name);
    if (!secrets.includes(secret)) secrets.push(secret);
    if (certificate.flaw === undefined) continue;
    problems.push({ reason: reasons.InvalidCertificateRef, message: `${at}: Secret ${secret} ${certificate.flaw}` });
  }
  const problem = joined(problems, secrets.length > 0);
  const opaque = secrets.some((secret) => typeof secret !== "string");
  return { secrets, names: [...names].sort(), ...(opaque && { opaque }), ...(problem === undefined ? {} : { problem }) };
}

function isSame(source: SecretSource, { name, socket }: OutsideSecret): boolean {
  return typeof source !== "string" && source.name === name && source.socket === socket;
}

/** What a certificate is the only one for in a listener: its key's kind on each of its names that the listener serves. */
function claimsOf({ names, commonName, keyAlgorithm }: ServerCertificate, hostname: string): readonly string[] {
  const own = names.length > 0 ? names : commonName === undefined ? [] : [commonName];
  const served = own.filter((name) => coversHostname(hostname, name) || coversHostname(name, hostname));
  return served.map((name) => `${name}, ${keyAlgorithm}`);
}

function joined(problems: readonly Problem[], partial: boolean): Problem | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const message = problems.map((problem) => problem.message).join("\n");
  if (partial) return { reason: reasons.PartiallyInvalidCertificateRef, message };
  const alike = problems.every(({ reason }) => reason === first.reason);
  return { reason: alike ? first.reason : reasons.InvalidCertificateRef, message };
}
