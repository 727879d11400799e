import type { Messages } from "#envoy/messages";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Graph } from "../../graph/index.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import { digest } from "../codec/digest.ts";
import { encode } from "../codec/encoder.ts";
import { pack } from "../codec/pack.ts";
import { EncodeError } from "../codec/refusal.ts";
import { violations } from "../codec/violations.ts";
import type { XdsResource } from "../resource.ts";

/** The encoded message, or how it breaks the rules of Envoy's API. */
export type Encoding = { readonly bytes: Uint8Array } | { readonly violations: readonly string[] };

/** Encodes a message after it was checked against the rules of its proto files (protoc-gen-validate). */
export function encodeChecked<Name extends keyof Messages>(name: Name, message: Messages[Name]): Encoding {
  const found = violations(name, message);
  if (found.length > 0) return { violations: found.map(({ message }) => message) };
  try {
    return { bytes: encode(name, message) };
  } catch (error) {
    if (error instanceof EncodeError) return { violations: [error.message] };
    throw error;
  }
}

/** What breaks the rules of Envoy's API, as a problem of the object that it came from. */
export function refusedByEnvoy(object: ObjectRef, what: string, violations: readonly string[]): ObjectProblem {
  const message = `Envoy would refuse ${what}: ${violations.join("; ")}. It is not sent; change the value named.`;
  return { object, reason: "UnsupportedValue", message };
}

/** The problems that a collection holds, each under a key that begins with its object. */
export function problemsOf(
  graph: Graph,
  name: string,
  from: Collection<{ readonly problem?: ObjectProblem }>,
): Collection<ObjectProblem> {
  return graph.deriveMany(name, from, (_context, { problem }, key) => {
    if (problem === undefined) return [];
    const { kind, namespace, name: objectName } = problem.object;
    return [[`${kind}/${namespace}/${objectName}/${key}`, problem]];
  });
}

/** A resource that may be sent, or why it cannot be, or what of it cannot. */
export interface Checked {
  readonly resource?: XdsResource;
  readonly problem?: ObjectProblem;
}

/** What a resource is besides its content; what is left out is empty. */
export type ResourceFrame = Pick<XdsResource, "scope" | "type" | "name" | "sources"> &
  Partial<Pick<XdsResource, "references" | "warmUpMs" | "entrances">>;

const nothing: readonly never[] = [];

/** The outcome of encoding a resource, under its key. A refused one is a problem of its first source. */
export function checked(frame: ResourceFrame, encoding: Encoding): [string, Checked] {
  const key = resourceKey(frame);
  if ("bytes" in encoding) {
    const { bytes } = encoding;
    const { scope, type, name, references = nothing, sources, warmUpMs = 0, entrances } = frame;
    const resource = { scope, type, name, chunks: [pack([bytes])], version: digest(bytes), references, sources, warmUpMs };
    return [key, { resource: entrances === undefined ? resource : { ...resource, entrances } }];
  }
  const [source] = frame.sources;
  if (source === undefined)
    throw new Error(`the ${frame.type} ${frame.name} of ${frame.scope} cannot be sent: ${encoding.violations.join("; ")}`);
  return [key, { problem: refusedByEnvoy(source, `the ${frame.type} ${frame.name}`, encoding.violations) }];
}

/** Whether two outcomes are the same; the content of resources by their digests. */
export function sameChecked(a: Checked, b: Checked): boolean {
  if (a.problem?.message !== b.problem?.message) return false;
  if (a.resource === undefined || b.resource === undefined) return a.resource === b.resource;
  return sameResource(a.resource, b.resource);
}

/** Whether two states of a resource are the same. */
export function sameResource(a: XdsResource, b: XdsResource): boolean {
  return a.version === b.version && a.warmUpMs === b.warmUpMs;
}

/** The key of a resource: `scope|type|name`. */
export function resourceKey({ scope, type, name }: Pick<XdsResource, "scope" | "type" | "name">): string {
  return `${scope}|${type}|${name}`;
}
