import type { MetadataJson } from "#envoy/envoy/config/core/v3/base_pb";
import type { ObjectRef } from "../../ir/reference.ts";

/** The namespace of our entries in Envoy's filter metadata, as Envoy Gateway has it. */
const namespace = "envoy-gateway";

/** Says in Envoy's metadata which objects something was made from: `filter_metadata["envoy-gateway"].resources`. */
export function metadataOf(sources: readonly ObjectRef[]): MetadataJson {
  return { filterMetadata: { [namespace]: { resources: sources.map(resource) } } };
}

function resource({ kind, namespace, name, sectionName, annotations }: ObjectRef) {
  return {
    kind,
    name,
    namespace,
    ...(sectionName !== undefined && { sectionName }),
    ...(annotations !== undefined && { annotations: { ...annotations } }),
  };
}
