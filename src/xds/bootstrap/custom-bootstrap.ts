/** The changes of Envoy's bootstrap that `bootstrap` of an EnvoyProxy asks for. Source: Envoy Gateway v1.9, envoyproxy_types.go (ProxyBootstrap). */
import type { BootstrapJson } from "#envoy/envoy/config/bootstrap/v3/bootstrap_pb";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { parseYaml } from "../../api/yaml/parse-yaml.ts";
import { encodeUntyped } from "../codec/encoder.ts";
import { type MessageJson, mergeMessages, withProtoNames } from "../codec/message-json.ts";
import { EncodeError } from "../codec/refusal.ts";
import { violationsUntyped } from "../codec/violations.ts";
import { isObject } from "../codec/well-known-type.ts";
import { patched } from "../json-patch/json-patch.ts";
import { xdsClusterName } from "./xds-cluster.ts";

/** What users write. */
export type BootstrapChange = NonNullable<EnvoyProxySpec["bootstrap"]>;

/** The bootstrap, with the field names of the .proto files, or what is wrong with the change, beginning with the field. */
export type CustomBootstrap = { readonly bootstrap: MessageJson } | { readonly mistake: string };

const messageName = "envoy.config.bootstrap.v3.Bootstrap";

/** The change in the specification of an EnvoyProxy, which was admitted before; undefined where there is none. */
export function changeOf(spec: unknown): BootstrapChange | undefined {
  // The IR carries the specification as the user wrote it, without its type.
  return isObject(spec) ? (spec.bootstrap as BootstrapChange | undefined) : undefined;
}

/**
 * Changes `rendered`, the bootstrap without changes. `document` is what JSON patches are applied to; it means the same. What connects a proxy with its control plane must stay as it is; of a bootstrap
 * that takes the place of `rendered` it may be left out and is filled in: it depends on where the control plane runs.
 */
export function customBootstrap(rendered: BootstrapJson, change: BootstrapChange, document?: MessageJson): CustomBootstrap {
  // The casts: a message is an object.
  const original = withProtoNames(messageName, rendered as MessageJson);
  const changed = apply(change.type === "JSONPatch" ? (document ?? original) : original, change);
  if ("mistake" in changed) return changed;
  const mistake = mistakeOf(changed.bootstrap) ?? lostConnection(original, changed.bootstrap);
  return mistake === undefined ? changed : { mistake: `the bootstrap that results: ${mistake}` };
}

function apply(original: MessageJson, { type, value = "", jsonPatches = [] }: BootstrapChange): CustomBootstrap {
  if (type === "JSONPatch") {
    const result = patched(original, jsonPatches);
    if ("mistake" in result) return { mistake: `jsonPatches${result.mistake}` };
    return isObject(result.document) ? { bootstrap: result.document } : { mistake: "jsonPatches leave no object" };
  }
  const parsed = parseYaml(value);
  if ("error" in parsed) return { mistake: `value: line ${parsed.error.line}: ${parsed.error.message}` };
  if (!isObject(parsed.value)) return { mistake: "value: a bootstrap is an object" };
  const written = withProtoNames(messageName, parsed.value);
  const mistake = mistakeOf(written);
  // What is merged need not be whole, so only what is malformed is told here.
  if (mistake !== undefined && type === "Replace") return { mistake: `value: ${mistake}` };
  return { bootstrap: type === "Merge" ? mergeMessages(messageName, original, written) : filledIn(original, written) };
}

/** What Envoy would refuse about a bootstrap. */
function mistakeOf(bootstrap: MessageJson): string | undefined {
  try {
    encodeUntyped(messageName, bootstrap);
  } catch (error) {
    if (error instanceof EncodeError) return error.message;
    throw error;
  }
  const [first] = violationsUntyped(messageName, bootstrap);
  return first?.message;
}

/** A bootstrap of the user's own, with what a proxy needs to be run if it says nothing about that itself. */
function filledIn(original: MessageJson, { static_resources: resources, ...written }: MessageJson): MessageJson {
  const { node, admin, dynamic_resources } = original;
  const own = isObject(resources) ? resources : {};
  const clusters = clustersOf({ static_resources: own });
  const connected = xdsCluster(clusters) === undefined ? [...clusters, xdsCluster(clustersOf(original))] : clusters;
  return { node, admin, dynamic_resources, ...written, static_resources: { ...own, clusters: connected } };
}

/** Whether proxies would still find their control plane; in words where not. */
function lostConnection(original: MessageJson, changed: MessageJson): string | undefined {
  if (withoutTimeouts(original.dynamic_resources) !== withoutTimeouts(changed.dynamic_resources)) {
    return "dynamic_resources must stay as they are, except for initial_fetch_timeout; leave them out";
  }
  if (controlPlaneOf(original) !== controlPlaneOf(changed)) {
    return `load_assignment of the cluster ${xdsClusterName} must stay as it is; leave the cluster out`;
  }
  return undefined;
}

/** The addresses of the control plane. */
function controlPlaneOf(bootstrap: MessageJson): string {
  const addresses: unknown[] = [];
  JSON.stringify(xdsCluster(clustersOf(bootstrap))?.load_assignment, (key, value: unknown) => {
    if (key === "address" && isObject(value)) addresses.push(sorted(value));
    return value;
  });
  return JSON.stringify(addresses);
}

function withoutTimeouts(resources: unknown): string {
  return JSON.stringify(sorted(resources), (key, value: unknown) => (key === "initial_fetch_timeout" ? undefined : value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

function clustersOf({ static_resources: resources }: MessageJson): readonly MessageJson[] {
  const clusters = isObject(resources) ? resources.clusters : undefined;
  return Array.isArray(clusters) ? clusters.filter(isObject) : [];
}

function xdsCluster(clusters: readonly MessageJson[]): MessageJson | undefined {
  return clusters.find(({ name }) => name === xdsClusterName);
}
