/**
 * The parameters that a fleet of proxies runs with, as they are noted on its Service. While the EnvoyProxy is missing or not valid, they
 * say what the fleet was meant to be: also to a control plane that started in the meantime, and to every replica of it.
 */
import { admit } from "../admission.ts";
import { isObject } from "../json-object.ts";
import type { EnvoyProxySpec } from "./envoy-proxy.ts";

/** The annotation of a fleet's Service. Those with the prefix `gateway.envoyproxy.io/` would be told to proxies. */
export const parametersAnnotation = "infrastructure.gateway.envoyproxy.io/parameters";

/** Parameters, and the object that they stand in. */
export interface AppliedParameters {
  /** What all levels of EnvoyProxies came to. */
  readonly spec: EnvoyProxySpec;
  readonly source: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** All annotations of an object together may have 256 KiB. */
const mostCharacters = 64 * 1024;

/** The value of the annotation; undefined where it would be too long. Fleets without an EnvoyProxy have an empty one. */
export function printParameters(spec: unknown, source: AppliedParameters["source"] | undefined): string | undefined {
  if (spec === undefined || source === undefined) return "{}";
  const { kind, namespace, name } = source;
  const text = JSON.stringify({ source: { kind, namespace, name }, spec });
  return text.length > mostCharacters ? undefined : text;
}

/**
 * Reads the annotation. Undefined: it says nothing that this version understands. `none`: the fleet was made without an EnvoyProxy.
 */
export function readParameters(text: string | undefined): AppliedParameters | "none" | undefined {
  const noted = parse(text);
  if (!isObject(noted)) return undefined;
  const { source, spec } = noted;
  if (source === undefined && spec === undefined) return "none";
  if (!isObject(source) || typeof source.namespace !== "string" || typeof source.name !== "string") return undefined;
  const { kind = "", namespace, name } = source;
  const metadata = { namespace, name };
  const admitted = admit({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", metadata, spec });
  if (!("object" in admitted) || admitted.object.kind !== "EnvoyProxy") return undefined;
  return { spec: admitted.object.spec, source: { kind: String(kind), namespace, name } };
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
