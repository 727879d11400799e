import type { ObjectKind, Objects } from "../../gatewayapi/objects.ts";
import type { ObjectStatus } from "../../gatewayapi/status/object-status.ts";
import type { Collection, Graph } from "../../graph/index.ts";

/** The status that an object shall have, and the generation of the object that it is about. */
export interface SettledStatus {
  readonly status: ObjectStatus["status"];
  readonly generation: number | undefined;
}

/** Derives statuses with the generations that they are about, so that the two are never of different versions. Key: as of statuses. */
export function deriveSettledStatuses(
  graph: Graph,
  statuses: Collection<ObjectStatus>,
  objects: Objects,
): Collection<SettledStatus> {
  return graph.derive(
    "statuses with generations",
    statuses,
    (context, { object: { kind, namespace, name }, status }) => {
      // Only kinds that have a source have statuses.
      const source = objects[kind as ObjectKind];
      const generation = context.get<{ readonly metadata: { readonly generation?: number } }>(
        source,
        namespace === "" ? name : `${namespace}/${name}`,
      )?.metadata.generation;
      return { status, generation };
    },
    { equals: (a, b) => a.status === b.status && a.generation === b.generation },
  );
}
