import type { ClusterSettings } from "../api/envoy/cluster-settings.ts";
import { noParts, type Parts } from "../ir/slot.ts";

/** What a field of cluster settings makes of the parts of a cluster, and what is wrong with the field. */
export interface ClusterFieldOutcome {
  readonly parts: Parts;
  /** In words that begin with the path of the field within the settings: `http2.onInvalidMessage: …`. */
  readonly mistakes: readonly string[];
}

/**
 * The Gateway API side of a feature that belongs to a cluster and that users set up among the settings of connections to a backend
 * (`backendSettings`; gateway.envoyproxy.io/v1alpha1 ClusterSettings). `translate` is pure.
 */
export interface ClusterField {
  translate(settings: ClusterSettings, parts: Parts): ClusterFieldOutcome;
}

/** Settings that no feature has. */
const unbuilt = ["retry"] as const;

/** What all fields together make of cluster settings. */
export function translateClusterSettings(settings: ClusterSettings, fields: readonly ClusterField[]): ClusterFieldOutcome {
  const mistakes = unbuilt
    .filter((field) => settings[field] !== undefined)
    .map((field) => `${field}: is not built yet in this version; remove it`);
  let outcome: ClusterFieldOutcome = { parts: noParts, mistakes };
  for (const field of fields) {
    const { parts, mistakes } = field.translate(settings, outcome.parts);
    outcome = { parts, mistakes: [...outcome.mistakes, ...mistakes] };
  }
  return outcome;
}
