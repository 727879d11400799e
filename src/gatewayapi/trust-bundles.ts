/** The CA certificates that others are checked against: read from ConfigMaps and Secrets, and checked. Source: RFC 7468. */
import { X509Certificate } from "node:crypto";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { OrMistake } from "./certificates.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";

/** The CA certificates that one object names. */
export interface TrustBundle {
  readonly source: ObjectRef;
  /** All of them together: PEM, base64; or what is wrong, for people. */
  readonly content: OrMistake<{ readonly certificates: string }>;
}

/** An object that holds CA certificates, in the namespace of the one that names it. */
export interface AuthorityRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** Derives the bundles that Backends name. Key: `Backend/namespace/name`. */
export function deriveTrustBundles(graph: Graph, objects: Objects): Collection<TrustBundle> {
  return graph.deriveMany("trust bundles", objects.Backend, (context, backend, key) => {
    const refs = backend.spec.tls?.caCertificateRefs ?? [];
    if (refs.length === 0) return [];
    const content = readAuthorities(context, objects, refs, backend.metadata.namespace, "spec.tls.caCertificateRefs");
    return [[trustBundleKey("Backend", key), { source: refOf(backend), content }] as const];
  });
}

/** The key of the bundle that an object names. */
export function trustBundleKey(kind: string, object: Key): Key {
  return `${kind}/${object}`;
}

/** Derives what is wrong with bundles, apart from their content: new certificates concern no route. Absent where all is well. */
export function deriveTrustMistakes(graph: Graph, bundles: Collection<TrustBundle>): Collection<string> {
  return graph.derive("trust mistakes", bundles, (_context, { content }) => ("mistake" in content ? content.mistake : undefined));
}

/**
 * Reads CA certificates, those of all references after one another.
 * @param at the path of the list in the object that has it, for messages
 */
export function readAuthorities(
  context: Context,
  objects: Objects,
  refs: readonly AuthorityRef[],
  namespace: string,
  at: string,
): TrustBundle["content"] {
  const texts: string[] = [];
  for (const [index, ref] of refs.entries()) {
    const read = readAuthority(context, objects, ref, namespace);
    if ("mistake" in read) return { mistake: `${at}[${index}]: ${read.mistake}` };
    texts.push(read.text);
  }
  return joinAuthorities(texts);
}

/** The content of a bundle with CA certificates in PEM from several objects. */
export function joinAuthorities(texts: readonly string[]): { readonly certificates: string } {
  return { certificates: Buffer.from(texts.join("\n"), "utf8").toString("base64") };
}

/** Whether objects of a kind can hold CA certificates. */
export function holdsAuthorities({ group, kind }: Pick<AuthorityRef, "group" | "kind">): boolean {
  return group === "" && (kind === "ConfigMap" || kind === "Secret");
}

/** Reads the CA certificates of one object, in PEM. */
export function readAuthority(
  context: Context,
  objects: Objects,
  ref: AuthorityRef,
  namespace: string,
): OrMistake<{ readonly text: string }> {
  const target = `${ref.kind} ${namespace}/${ref.name}`;
  const found = dataOf(context, objects, ref, namespace);
  if ("mistake" in found) return { mistake: `${target} ${found.mistake}` };
  const text = choose(found.data);
  const mistake = text === undefined ? noKey : findMistake(text);
  return text === undefined || mistake !== undefined ? { mistake: `${target} ${mistake}` } : { text };
}

type Data = Readonly<Record<string, string>>;

/** The data of a ConfigMap or Secret, as text. */
function dataOf(
  context: Context,
  objects: Objects,
  { group, kind, name }: AuthorityRef,
  namespace: string,
): OrMistake<{ readonly data: Data }> {
  const key = `${namespace}/${name}`;
  if (group === "" && kind === "ConfigMap") {
    const map = context.get(objects.ConfigMap, key);
    return map === undefined ? { mistake: "does not exist" } : { data: { ...decoded(map.binaryData), ...map.data } };
  }
  if (group === "" && kind === "Secret") {
    const secret = context.get(objects.Secret, key);
    return secret === undefined ? { mistake: "does not exist" } : { data: decoded(secret.data) };
  }
  return { mistake: `of group "${group}" cannot hold CA certificates; use a ConfigMap or a Secret` };
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
