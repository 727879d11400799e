import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { Parts } from "../ir/slot.ts";
import type { Problem } from "./problem.ts";

/** What a field of an EnvoyProxy makes of the parts of its fleet, and what is wrong with the field. */
export interface ProxyFieldOutcome {
  readonly parts: Parts;
  /** Told by the Gateways that use the EnvoyProxy; each message begins with the path of the field. */
  readonly problems: readonly Problem[];
}

/**
 * The Gateway API side of a feature that belongs to all listeners of a fleet and that users set up in the fleet's EnvoyProxy
 * (gateway.envoyproxy.io/v1alpha1). `translate` is pure.
 */
export interface ProxyField {
  translate(spec: EnvoyProxySpec, parts: Parts): ProxyFieldOutcome;
}

/** What all fields together make of a specification. Without one a fleet has no parts. */
export function translateProxyFields(spec: EnvoyProxySpec | undefined, fields: readonly ProxyField[]): ProxyFieldOutcome {
  let outcome: ProxyFieldOutcome = { parts: {}, problems: [] };
  if (spec === undefined) return outcome;
  for (const field of fields) {
    const { parts, problems } = field.translate(spec, outcome.parts);
    outcome = { parts, problems: [...outcome.problems, ...problems] };
  }
  return outcome;
}
