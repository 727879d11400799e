/**
 * BackendTLSPolicies: what they say about TLS to backends, and which of them says it of which backend.
 * Source: gateway-api v1.6, backendtlspolicy_types.go; GEP-1897.
 */
import type { BackendTLSPolicy } from "../api/gateway/backend-tls-policy.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { UpstreamTls } from "../ir/upstream-tls.ts";
import { systemTrust } from "../ir/upstream-tls.ts";
import { sharedSystemSecret, type TlsNaming } from "./backend-tls.ts";
import type { OrMistake } from "./certificates.ts";
import type { Objects } from "./objects.ts";
import { claimants, derivePolicyClaims, type PolicyClaims, type TargetName, targetsOf } from "./policy-claims.ts";
import { type TrustMistake, type TrustStanding, trustBundleKey } from "./trust-bundles.ts";

/** What a policy says, apart from the handshake, which is the backend's own to say. */
export type PolicyTls = Omit<UpstreamTls, "handshake"> & Required<Pick<UpstreamTls, "trust">>;

/** The policies, ready to be asked. */
export interface BackendTlsPolicies {
  readonly claims: PolicyClaims;
  /** What each policy says, or why it cannot be accepted, for people. Key: the policy's. */
  readonly settings: Collection<OrMistake<PolicyTls>>;
  /** What there is to say of CA certificates. Key: the TrustBundle's. */
  readonly trustStandings: Collection<TrustStanding>;
}

/** Derives what all policies say. */
export function deriveBackendTlsPolicies(
  graph: Graph,
  objects: Objects,
  trustStandings: Collection<TrustStanding>,
  naming: TlsNaming,
): BackendTlsPolicies {
  return {
    claims: derivePolicyClaims(graph, "BackendTLSPolicy", objects.BackendTLSPolicy, (_context, policy) => targetsOf(policy)),
    settings: graph.derive("backend TLS policies", objects.BackendTLSPolicy, (_context, policy) => readPolicy(policy, naming)),
    trustStandings,
  };
}

function readPolicy(policy: BackendTLSPolicy, { naming, systemSecretPerObject }: TlsNaming): OrMistake<PolicyTls> {
  const { namespace, name } = policy.metadata;
  const { options = {}, validation } = policy.spec;
  const [option] = Object.keys(options);
  if (option !== undefined) {
    return { mistake: `spec.options: ${option} is not known, and no other option is; remove it` };
  }
  const { wellKnownCACertificates: wellKnown, hostname, subjectAltNames = [] } = validation;
  if (wellKnown !== undefined && wellKnown !== "System") {
    return { mistake: `spec.validation.wellKnownCACertificates: ${wellKnown} is not known; use System` };
  }
  const own = naming.authorities("BackendTLSPolicy", namespace, name);
  const trust =
    wellKnown === undefined
      ? { secret: own, bundle: trustBundleKey("BackendTLSPolicy", `${namespace}/${name}`) }
      : { secret: systemSecretPerObject ? own : sharedSystemSecret, bundle: systemTrust };
  const names = subjectAltNames.flatMap(readName);
  return { trust, serverName: { name: hostname }, ...(names.length > 0 && { subjectAltNames: names }) };
}

/** A name that a certificate may have. */
type SubjectAltName = NonNullable<UpstreamTls["subjectAltNames"]>[number];

function readName({ type, hostname, uri }: SubjectAltNameField): readonly SubjectAltName[] {
  const value = type === "URI" ? uri : hostname;
  return value === undefined ? [] : [{ type: type === "URI" ? "URI" : "DNS", value }];
}

type SubjectAltNameField = NonNullable<BackendTLSPolicy["spec"]["validation"]["subjectAltNames"]>[number];

/** Why a policy cannot be followed, and whether that is about something it refers to. */
export interface PolicyMistake extends Pick<TrustMistake, "mistake"> {
  readonly reason: TrustMistake["reason"] | "Invalid";
}

/** What a policy says; undefined when there is no such policy. */
export function settingsOf(
  context: Context,
  { settings, trustStandings }: BackendTlsPolicies,
  policy: Key,
): PolicyTls | PolicyMistake | undefined {
  const found = context.get(settings, policy);
  if (found === undefined) return undefined;
  if ("mistake" in found) return { mistake: found.mistake, reason: "Invalid" };
  return withTrust(context, trustStandings, found);
}

/** Settings with the CA certificates that their bundle leads to, or why there are none. */
export function withTrust<T extends Pick<UpstreamTls, "trust">>(
  context: Context,
  standings: Collection<TrustStanding>,
  settings: T,
): T | TrustMistake {
  const { trust } = settings;
  const standing = trust && context.get(standings, trust.bundle);
  if (standing === undefined) return settings;
  return "mistake" in standing ? standing : { ...settings, trust: { ...trust, secret: standing.outside } };
}

/** Why policies cannot be for Backends of type DynamicResolver: Envoy checks the certificate of such a backend for the request's host. */
export const noOneHost =
  "a BackendTLSPolicy has one hostname, a Backend of type DynamicResolver the host of each request; use spec.tls of the Backend";

/** A backend, or a port of it. */
export interface BackendPart extends TargetName {
  readonly section: string | undefined;
}

/** What the policy says that applies to a backend; undefined where none does. */
export function policyTls(
  context: Context,
  policies: BackendTlsPolicies,
  { section, ...target }: BackendPart,
): PolicyTls | { readonly mistake: string } | undefined {
  const [applying] = claimants(context, policies.claims, target, section);
  if (applying === undefined) return undefined;
  const found = settingsOf(context, policies, applying.key);
  if (found === undefined || !("mistake" in found)) return found;
  return { mistake: `BackendTLSPolicy ${applying.key} cannot be followed: ${found.mistake}` };
}
