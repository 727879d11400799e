/** How the EnvoyProxies of several levels become one. Source: Envoy Gateway v1.9, envoyproxy_types.go (MergeType). */

import { type EnvoyProxySpec, envoyProxySpecSchema } from "../api/envoy/envoy-proxy.ts";
import { isObject } from "../api/json-object.ts";
import { brokenRules } from "../api/schema/rules.ts";

/** The specifications of the three levels that exist, the most specific first. */
export interface ProxyLevels {
  readonly ofGateway?: EnvoyProxySpec;
  readonly ofClass?: EnvoyProxySpec;
  readonly fallback?: EnvoyProxySpec;
}

/**
 * The specification that results: the Gateway's over that of its class, as the Gateway's `mergeType` has it, and what comes of it
 * over the one of the configuration file, as the `mergeType` of the class has it, or that of the Gateway where the class has no
 * EnvoyProxy. Undefined where no level has one.
 */
export function mergeLevels({ ofGateway, ofClass, fallback }: ProxyLevels): EnvoyProxySpec | undefined {
  const specific = mergeTwo(ofClass, ofGateway, ofGateway?.mergeType);
  return mergeTwo(fallback, specific, (ofClass ?? ofGateway)?.mergeType);
}

/** The rules of the kind that `spec` breaks, in words; those that it broke before being merged were told when it was admitted. */
export function mistakesOfMerge(spec: EnvoyProxySpec): readonly string[] {
  return brokenRules(envoyProxySpecSchema, spec, "spec").map(({ field, detail }) => `${field}: ${detail}`);
}

/**
 * `above` over `below`. A JSON merge patch (RFC 7396) and a strategic merge (Kubernetes) of two EnvoyProxies are the same: none of
 * its lists has a merge key, so that lists replace each other, and an admitted object holds neither nulls nor directives.
 */
function mergeTwo(
  below: EnvoyProxySpec | undefined,
  above: EnvoyProxySpec | undefined,
  mergeType: EnvoyProxySpec["mergeType"],
): EnvoyProxySpec | undefined {
  if (below === undefined || above === undefined) return above ?? below;
  if (mergeType === undefined || mergeType === "Replace") return above;
  // Both have the shape of a specification, in which all lists are whole; so has what is merged of them.
  return merge(below, above) as EnvoyProxySpec;
}

function merge(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const merged = { ...below };
  for (const [name, value] of Object.entries(above)) merged[name] = merge(below[name], value);
  return merged;
}
