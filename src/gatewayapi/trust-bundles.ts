/** The CA certificates that others are checked against: read from what holds them, and checked. Source: RFC 7468. */
import { X509Certificate } from "node:crypto";
import type { KubeObject, NamespacedObjectMeta } from "../api/schema/metadata.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { OutsideSecret } from "../ir/outside-secret.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { RevokedCertificates } from "../ir/upstream-tls.ts";
import type { OrMistake } from "./certificates.ts";
import { objectKey, refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { OutsideSecrets } from "./outside-secrets.ts";

/** The CA certificates that one object names. */
export interface TrustBundle {
  readonly source: ObjectRef;
  /** All of them together, or where else proxies get them, or what is wrong. */
  readonly content: TrustContent | Outside | TrustMistake;
}

/** CA certificates: PEM, base64. */
export interface TrustContent {
  readonly certificates: string;
  readonly revoked?: RevokedCertificates;
}

/** That proxies get CA certificates from elsewhere. */
interface Outside {
  readonly outside: OutsideSecret;
}

/** What there is to say of a bundle whose certificates proxies do not get from us. */
export type TrustStanding = Outside | TrustMistake;

/** What holds CA certificates. */
export interface AuthoritySources {
  readonly objects: Objects;
  readonly outsideSecrets: OutsideSecrets;
}

/** Why CA certificates cannot be had. */
export interface TrustMistake {
  /** For people. */
  readonly mistake: string;
  readonly reason: "InvalidKind" | "InvalidCACertificateRef";
}

/** An object that holds CA certificates: in the namespace of the one that names it, or in none. */
export interface AuthorityRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** Derives the bundles that Backends and BackendTLSPolicies name. Key: `<kind>/<namespace>/<name>`. */
export function deriveTrustBundles(graph: Graph, sources: AuthoritySources): Collection<TrustBundle> {
  const { objects } = sources;
  const bundle = (context: Context, object: NamespacedObject, refs: readonly AuthorityRef[] | undefined, at: string) => {
    if (refs === undefined || refs.length === 0) return [];
    const { kind, metadata } = object;
    const content = readAuthorities(context, sources, refs, metadata.namespace, `${at}.caCertificateRefs`);
    return [[trustBundleKey(kind, objectKey(metadata)), { source: refOf(object), content }] as const];
  };
  return graph.union("trust bundles", [
    graph.deriveMany("trust bundles of backends", objects.Backend, (context, backend) =>
      bundle(context, backend, backend.spec.tls?.caCertificateRefs, "spec.tls"),
    ),
    graph.deriveMany("trust bundles of policies", objects.BackendTLSPolicy, (context, policy) =>
      bundle(context, policy, policy.spec.validation.caCertificateRefs, "spec.validation"),
    ),
  ]);
}

interface NamespacedObject extends KubeObject {
  readonly metadata: NamespacedObjectMeta;
}

/** The key of the bundle that an object names. */
export function trustBundleKey(kind: string, object: Key): Key {
  return `${kind}/${object}`;
}

/** Derives what there is to say of bundles apart from their certificates: new ones concern no route. Absent where all is well. */
export function deriveTrustStandings(graph: Graph, bundles: Collection<TrustBundle>): Collection<TrustStanding> {
  return graph.derive("trust standings", bundles, (_context, { content }) => ("certificates" in content ? undefined : content));
}

/**
 * Reads CA certificates, those of all references after one another.
 * @param at the path of the list in the object that has it, for messages
 */
export function readAuthorities(
  context: Context,
  sources: AuthoritySources,
  refs: readonly AuthorityRef[],
  namespace: string,
  at: string,
): TrustBundle["content"] {
  const found: Authority[] = [];
  for (const [index, ref] of refs.entries()) {
    const read = readAuthority(context, sources, ref, namespace);
    if ("mistake" in read) return { mistake: `${at}[${index}]: ${read.mistake}`, reason: read.reason };
    found.push(read);
  }
  return joinAuthorities(found, at);
}

/** CA certificates of one object: in PEM, or from elsewhere. */
export type Authority = { readonly text: string } | Outside;

/** The content of a bundle with the CA certificates of several objects. `at` is as for `readAuthorities`. */
export function joinAuthorities(found: readonly Authority[], at: string): TrustBundle["content"] {
  const [outside, ...others] = found.flatMap((each) => ("outside" in each ? each : []));
  if (outside === undefined) {
    const texts = found.flatMap((each) => ("text" in each ? each.text : []));
    return { certificates: Buffer.from(texts.join("\n"), "utf8").toString("base64") };
  }
  if (found.length === 1 && others.length === 0) return outside;
  const mistake = `${at}: CA certificates from an SDS server cannot be joined with others; let that be the only reference`;
  return { mistake, reason: "InvalidCACertificateRef" };
}

/** Whether objects of a kind can hold CA certificates. */
export function holdsAuthorities(ref: Pick<AuthorityRef, "group" | "kind">): boolean {
  return holderOf(ref) !== undefined;
}

/** Reads the CA certificates of one object. */
export function readAuthority(
  context: Context,
  { objects, outsideSecrets }: AuthoritySources,
  ref: AuthorityRef,
  namespace: string,
): Authority | TrustMistake {
  const holder = holderOf(ref);
  const key = holder === "ClusterTrustBundle" ? ref.name : `${namespace}/${ref.name}`;
  const target = `${ref.kind} ${key}`;
  if (holder === undefined) return { mistake: `${target} ${noHolder(ref)}`, reason: "InvalidKind" };
  const outside = holder === "Secret" ? context.get(outsideSecrets, key) : undefined;
  if (outside !== undefined && !("mistake" in outside)) return { outside };
  const found = outside ?? textOf(context, objects, holder, key);
  const mistake = "mistake" in found ? found.mistake : findMistake(found.text);
  if ("text" in found && mistake === undefined) return found;
  return { mistake: `${target} ${mistake}`, reason: "InvalidCACertificateRef" };
}

type Data = Readonly<Record<string, string>>;

type Holder = "ConfigMap" | "Secret" | "ClusterTrustBundle";

/** The kind that a reference names, where it can hold CA certificates. Envoy Gateway takes bundles under either group. */
function holderOf({ group, kind }: Pick<AuthorityRef, "group" | "kind">): Holder | undefined {
  if (kind === "ClusterTrustBundle" && (group === "" || group === "certificates.k8s.io")) return kind;
  return group === "" && (kind === "ConfigMap" || kind === "Secret") ? kind : undefined;
}

function noHolder({ group }: AuthorityRef): string {
  return `of group "${group}" cannot hold CA certificates; use a ConfigMap, a Secret or a ClusterTrustBundle`;
}

/** What an object has to say about CA certificates, or what is wrong, to be continued after its name. */
function textOf(context: Context, objects: Objects, holder: Holder, key: Key): OrMistake<{ readonly text: string }> {
  if (holder === "ClusterTrustBundle") {
    const bundle = context.get(objects.ClusterTrustBundle, key);
    return bundle === undefined ? missing : { text: bundle.spec.trustBundle };
  }
  const data = holder === "ConfigMap" ? dataOfMap(context, objects, key) : dataOfSecret(context, objects, key);
  if (data === undefined) return missing;
  const text = choose(data);
  return text === undefined ? { mistake: noKey } : { text };
}

const missing = { mistake: "does not exist" };

function dataOfMap(context: Context, objects: Objects, key: Key): Data | undefined {
  const map = context.get(objects.ConfigMap, key);
  return map && { ...decoded(map.binaryData), ...map.data };
}

function dataOfSecret(context: Context, objects: Objects, key: Key): Data | undefined {
  const secret = context.get(objects.Secret, key);
  return secret && decoded(secret.data);
}

function decoded(data: Data = {}): Data {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]));
}

const noKey = "has no ca.crt; put the CA certificates in PEM there";

/** The usual key first; of any other name only where nothing else is there to choose. */
function choose(data: Data): string | undefined {
  const values = Object.values(data);
  return data["ca.crt"] ?? data["tls.crt"] ?? (values.length === 1 ? values[0] : undefined);
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Why Envoy would refuse a text as CA certificates, to be continued after the name of the object. */
function findMistake(text: string): string | undefined {
  const blocks = text.match(certificateBlock) ?? [];
  if (blocks.length === 0) return "holds no CA certificate in PEM";
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      return `holds a CA certificate that cannot be read: ${index + 1} of ${blocks.length}`;
    }
  }
  return undefined;
}
