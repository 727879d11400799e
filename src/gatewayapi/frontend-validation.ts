/**
 * How a Gateway checks the certificates of its clients: for all its HTTPS listeners, or those on a port.
 * Source: gateway-api v1.6, gateway_types.go (FrontendTLSConfig, FrontendTLSValidation).
 */
import type { Gateway } from "../api/gateway/gateway.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { OutsideSecret } from "../ir/outside-secret.ts";
import type { Trust } from "../ir/upstream-tls.ts";
import { objectKey, refOf } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { References } from "./references.ts";
import {
  type Authority,
  type AuthoritySources,
  holdsAuthorities,
  joinAuthorities,
  readAuthority,
  type TrustBundle,
} from "./trust-bundles.ts";

/** The CA certificates that a Gateway names for its clients. Key: `<Gateway key>/default` or `<Gateway key>/<port>`. */
export interface ClientBundle extends TrustBundle {
  /** What is wrong with references; the content is that of the others. */
  readonly problem?: Problem;
}

/** What is said of a bundle apart from its content. Key: the bundle's. */
export interface BundleStanding {
  /** It holds certificates, or says where they are. */
  readonly usable: boolean;
  /** Where proxies get them, where not from us. */
  readonly outside?: OutsideSecret;
  readonly problem?: Problem;
}

/** How certificates of clients are checked. */
export interface ClientValidation extends Omit<BundleStanding, "outside"> {
  readonly trust: Trust;
  /** Clients without a valid certificate are turned away. */
  readonly required: boolean;
}

/** The checks of a Gateway. */
export interface FrontendTls {
  readonly default?: ClientValidation;
  /** By port, in place of the default. */
  readonly ports: ReadonlyMap<number, ClientValidation | undefined>;
}

type Validation = NonNullable<NonNullable<NonNullable<Gateway["spec"]["tls"]>["frontend"]>["default"]["validation"]>;
type Ref = Validation["caCertificateRefs"][number];

/** What holds CA certificates, and who may use them. */
export interface ClientBundleSources extends AuthoritySources {
  readonly references: References;
}

/** Derives the bundles of all Gateways. */
export function deriveClientBundles(graph: Graph, sources: ClientBundleSources): Collection<ClientBundle> {
  return graph.deriveMany("client bundles", sources.objects.Gateway, (context, gateway, key) =>
    validationsOf(gateway).map(({ place, at, validation }): readonly [Key, ClientBundle] => [
      bundleKey(key, place),
      { source: refOf(gateway), ...gather(context, sources, gateway, validation.caCertificateRefs, at) },
    ]),
  );
}

/** Derives how the bundles stand: new certificates in them change nothing here. */
export function deriveBundleStandings(graph: Graph, bundles: Collection<ClientBundle>): Collection<BundleStanding> {
  return graph.derive("standings of client bundles", bundles, (_context, { content, problem }) => ({
    usable: !("mistake" in content),
    ...("outside" in content && content),
    ...(problem === undefined ? {} : { problem }),
  }));
}

/** Reads `spec.tls.frontend` of a Gateway; undefined where it has none. */
export function readFrontendTls(
  context: Context,
  gateway: Gateway,
  standings: Collection<BundleStanding>,
): FrontendTls | undefined {
  const { frontend } = gateway.spec.tls ?? {};
  if (frontend === undefined) return undefined;
  const found = new Map(
    validationsOf(gateway).map(({ place, validation: { mode } }): [Place, ClientValidation] => {
      const bundle = bundleKey(objectKey(gateway.metadata), place);
      // Nothing is known of a bundle that is not there, so it opens nothing.
      const { outside, ...standing } = context.get(standings, bundle) ?? { usable: false };
      const trust = { secret: outside ?? `gateway/${bundle}/ca.crt`, bundle };
      return [place, { ...standing, trust, required: mode === "AllowValidOnly" }];
    }),
  );
  const fallback = found.get("default");
  const ports = new Map((frontend.perPort ?? []).map(({ port }) => [port, found.get(port)]));
  return { ...(fallback === undefined ? {} : { default: fallback }), ports };
}

/** The checks for the HTTPS listeners on a port; undefined where clients need no certificate. */
export function validationAt({ default: fallback, ports }: FrontendTls, port: number): ClientValidation | undefined {
  return ports.has(port) ? ports.get(port) : fallback;
}

/** All checks of a Gateway, the default first. */
export function allValidations({ default: fallback, ports }: FrontendTls): readonly ClientValidation[] {
  return [fallback, ...ports.values()].filter((validation) => validation !== undefined);
}

/** Where a check stands: it is for one port, or for all others. */
type Place = "default" | number;

function bundleKey(gateway: Key, place: Place): Key {
  return `${gateway}/${place}`;
}

interface PlacedValidation {
  readonly place: Place;
  /** Its path in the Gateway. */
  readonly at: string;
  readonly validation: Validation;
}

function validationsOf({ spec }: Gateway): readonly PlacedValidation[] {
  const { frontend } = spec.tls ?? {};
  if (frontend === undefined) return [];
  const at = "spec.tls.frontend";
  const all = [
    { place: "default" as const, at: `${at}.default`, tls: frontend.default },
    ...(frontend.perPort ?? []).map(({ port, tls }, i) => ({ place: port, at: `${at}.perPort[${i}].tls`, tls })),
  ];
  return all.flatMap(({ place, at, tls: { validation } }) =>
    validation === undefined ? [] : [{ place, at: `${at}.validation.caCertificateRefs`, validation }],
  );
}

/** The certificates of all references that can be followed: to trust fewer lets nobody in. */
function gather(
  context: Context,
  sources: ClientBundleSources,
  { metadata: { namespace } }: Gateway,
  refs: readonly Ref[],
  at: string,
): Pick<ClientBundle, "content" | "problem"> {
  const followed = refs.map((ref, i) => follow(context, sources, namespace, ref, `${at}[${i}]`));
  const found = followed.flatMap((each) => ("message" in each ? [] : each));
  const problems = followed.flatMap((each) => ("message" in each ? each : []));
  const content = found.length > 0 ? joinAuthorities(found, at) : missing(joined(problems)?.message ?? `${at} is empty`);
  if ("mistake" in content && found.length > 0) problems.push({ reason: content.reason, message: content.mistake });
  const problem = joined(problems);
  return { content, ...(problem === undefined ? {} : { problem }) };
}

function missing(mistake: string): TrustBundle["content"] {
  return { mistake, reason: reasons.InvalidCACertificateRef };
}

function follow(
  context: Context,
  sources: ClientBundleSources,
  own: string,
  { group, kind, name, namespace = own }: Ref,
  at: string,
): Authority | Problem {
  if (!holdsAuthorities({ group, kind })) {
    const message = `${at}: ${kind} of group "${group}" cannot hold CA certificates; use a ConfigMap, a Secret or a ClusterTrustBundle`;
    return { reason: reasons.InvalidCACertificateKind, message };
  }
  const from = { group: gatewayGroup, kind: "Gateway", namespace: own };
  // A ClusterTrustBundle is for all namespaces: there is none whose owner could be asked.
  if (kind !== "ClusterTrustBundle" && !sources.references.permitted(context, from, { group, kind, namespace, name })) {
    const message = `${at}: no ReferenceGrant in namespace ${namespace} lets Gateways of namespace ${own} use ${kind} ${namespace}/${name}`;
    return { reason: reasons.RefNotPermitted, message };
  }
  const read = readAuthority(context, sources, { group, kind, name }, namespace);
  return "mistake" in read ? { reason: reasons.InvalidCACertificateRef, message: `${at}: ${read.mistake}` } : read;
}

/** One problem for all: the reason of the first. */
function joined(problems: readonly Problem[]): Problem | undefined {
  const [first] = problems;
  return first && { reason: first.reason, message: problems.map(({ message }) => message).join("\n") };
}
