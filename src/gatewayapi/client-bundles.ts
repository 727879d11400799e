/** The CA certificates and revocation lists that ClientTrafficPolicies name for the certificates of clients. */

import type { ClientValidationField } from "../api/envoy/client-tls.ts";
import type { ClientTrafficPolicy } from "../api/envoy/client-traffic-policy.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { OutsideSecret } from "../ir/outside-secret.ts";
import { now, type OrMistake } from "./certificates.ts";
import { objectKey, refOf } from "./object-ref.ts";
import type { References } from "./references.ts";
import { revocationMistake } from "./revocation-list.ts";
import {
  type Authority,
  type AuthoritySources,
  joinAuthorities,
  readAuthority,
  type TrustBundle,
  trustBundleKey,
} from "./trust-bundles.ts";

/** What a policy names. Key: see `clientBundleKey`. */
export interface ClientPolicyBundle extends TrustBundle {
  /** What is wrong with references, each with its path. The content is there where its CA certificates are. */
  readonly mistakes: readonly string[];
}

/** What is said of a bundle apart from its content. Key: the bundle's. */
export interface ClientBundleStanding extends Pick<ClientPolicyBundle, "mistakes"> {
  /** Where proxies get the certificates, where not from us. */
  readonly outside?: OutsideSecret;
  /** It holds CA certificates. */
  readonly usable: boolean;
}

/** What the references lead to. */
export interface ClientBundleSources extends AuthoritySources {
  readonly references: References;
  /** The moments at which Secrets are judged: see Configuration. */
  readonly instants: Collection<number>;
}

/** The key of the bundle that a policy names. */
export function clientBundleKey(policy: Key): Key {
  return trustBundleKey("ClientTrafficPolicy", policy);
}

/** Derives the bundles of all policies that name CA certificates. */
export function deriveClientPolicyBundles(graph: Graph, sources: ClientBundleSources): Collection<ClientPolicyBundle> {
  return graph.deriveMany("bundles of client policies", sources.objects.ClientTrafficPolicy, (context, policy, key) => {
    const validation = policy.spec.tls?.clientValidation;
    if (validation?.caCertificateRefs === undefined || validation.caCertificateRefs.length === 0) return [];
    return [[clientBundleKey(key), { source: refOf(policy), ...gather(context, policy, validation, sources) }] as const];
  });
}

/** Derives how the bundles stand: new certificates in them change nothing here. */
export function deriveClientBundleStandings(
  graph: Graph,
  bundles: Collection<ClientPolicyBundle>,
): Collection<ClientBundleStanding> {
  return graph.derive("standings of policies' bundles", bundles, (_context, { content, mistakes }) => ({
    usable: !("mistake" in content),
    mistakes,
    ...("outside" in content && content),
  }));
}

const at = "spec.tls.clientValidation";

function gather(
  context: Context,
  policy: ClientTrafficPolicy,
  { caCertificateRefs = [], crl }: ClientValidationField,
  sources: ClientBundleSources,
): Pick<ClientPolicyBundle, "content" | "mistakes"> {
  const authorities = caCertificateRefs.map((ref, index) =>
    readRef(context, policy, ref, `${at}.caCertificateRefs[${index}]`, sources, readCertificates),
  );
  const lists = (crl?.refs ?? []).map((ref, index) =>
    readRef(context, policy, ref, `${at}.crl.refs[${index}]`, sources, readRevocations),
  );
  const mistakes = [...authorities, ...lists].flatMap((read) => ("mistake" in read ? read.mistake : []));
  const missing = authorities.flatMap((read) => ("mistake" in read ? read.mistake : []));
  const [mistake] = missing;
  if (mistake !== undefined) return { content: { mistake, reason: "InvalidCACertificateRef" }, mistakes };
  const content = joinAuthorities(found(authorities), `${at}.caCertificateRefs`);
  if ("mistake" in content) return { content, mistakes: [...mistakes, content.mistake] };
  const revoked = found(lists).map(({ text }) => text);
  if (revoked.length === 0) return { content, mistakes };
  if ("outside" in content) {
    const useless = `${at}.crl: revocation lists cannot be joined with CA certificates from an SDS server; remove one of them`;
    return { content, mistakes: [...mistakes, useless] };
  }
  const joined = Buffer.from(revoked.join("\n"), "utf8").toString("base64");
  return { content: { ...content, revoked: { lists: joined, leafOnly: crl?.onlyVerifyLeafCertificate === true } }, mistakes };
}

/** What was found, without the mistakes. */
function found<T extends object>(reads: readonly OrMistake<T>[]): readonly T[] {
  return reads.flatMap((read) => ("mistake" in read ? [] : read));
}

interface Text {
  readonly text: string;
}

type Ref = NonNullable<ClientValidationField["caCertificateRefs"]>[number];

interface Found extends Ref {
  readonly namespace: string;
}

type Read<T> = (context: Context, ref: Found, sources: ClientBundleSources) => OrMistake<T>;

/** Follows a reference where a ReferenceGrant lets it go. `path` is its own. */
function readRef<T extends object>(
  context: Context,
  { apiVersion, kind, metadata }: ClientTrafficPolicy,
  ref: Ref,
  path: string,
  sources: ClientBundleSources,
  read: Read<T>,
): OrMistake<T> {
  const { namespace: own } = metadata;
  // ClusterTrustBundles are in no namespace, so that there is nobody to ask.
  const namespace = ref.kind === "ClusterTrustBundle" ? own : (ref.namespace ?? own);
  const target = { ...ref, namespace };
  const from = { group: apiVersion.split("/")[0] ?? "", kind, namespace: own };
  if (!sources.references.permitted(context, from, target)) {
    const what = `${ref.kind} ${objectKey(target)}`;
    return {
      mistake: `${path}: no ReferenceGrant in namespace ${namespace} lets ClientTrafficPolicies of namespace ${own} use ${what}`,
    };
  }
  const outcome = read(context, target, sources);
  return "mistake" in outcome ? { mistake: `${path}: ${outcome.mistake}` } : outcome;
}

function readCertificates(context: Context, ref: Found, sources: ClientBundleSources): OrMistake<Authority> {
  return readAuthority(context, sources, ref, ref.namespace);
}

function readRevocations(context: Context, ref: Found, { objects, instants }: ClientBundleSources): OrMistake<Text> {
  const key = objectKey(ref);
  const what = `${ref.kind} ${key}`;
  if (ref.group !== "" || (ref.kind !== "Secret" && ref.kind !== "ConfigMap")) {
    return { mistake: `${what} of group "${ref.group}" cannot hold revocation lists; use a Secret or a ConfigMap` };
  }
  const secret = ref.kind === "Secret" ? context.get(objects.Secret, key) : undefined;
  const map = ref.kind === "ConfigMap" ? context.get(objects.ConfigMap, key) : undefined;
  if (secret === undefined && map === undefined) return { mistake: `${what} does not exist` };
  const text = map?.data?.["ca.crl"] ?? decoded((secret?.data ?? map?.binaryData)?.["ca.crl"]);
  if (text === undefined) return { mistake: `${what} has no ca.crl; put the revocation lists in PEM there` };
  const moment = context.get(instants, key) ?? context.get(instants, now) ?? Number.NEGATIVE_INFINITY;
  const mistake = revocationMistake(text, moment);
  return mistake === undefined ? { text } : { mistake: `${what} ${mistake}` };
}

function decoded(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}
