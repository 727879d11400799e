import type { ApiObject } from "../../api/kinds.ts";
import { servicesOfSlice, sliceIndex, sliceLabelOf } from "../../gatewayapi/endpoints.ts";
import { admitted } from "./admission.ts";
import { type ApiKind, type FollowedKind, followed, type KindSurroundings } from "./followed-kind.ts";
import { createKindSources } from "./kind-sources.ts";
import { createReaders } from "./readers.ts";
import type { Change } from "./reflector.ts";
import { createSlices, type SlicesOnDemand } from "./slices-on-demand.ts";

/** What EndpointSlices are followed with. */
export interface FollowedSlicesOptions extends KindSurroundings {
  readonly kind: ApiKind;
  /** Tells `listener` who reads what of the source of EndpointSlices. */
  readonly followDemand: (listener: ReturnType<typeof createReaders>["listener"]) => void;
  /** Begins to run the kind; it is not before somebody refers to a service. */
  readonly begin: () => void;
  /** Writes in a batch of its own. */
  readonly write: (changes: readonly Change<ApiObject>[]) => void;
  readonly signal: AbortSignal;
}

/** Follows EndpointSlices; only those of referenced services are kept. */
export function followSlices(options: FollowedSlicesOptions): FollowedKind & { readonly slices: SlicesOnDemand } {
  const { kind, namespaces, follower, shared, signal, write, tell, begin } = options;
  const readers = createReaders(sliceIndex);
  options.followDemand(readers.listener);
  const slices = createSlices({
    ...{ ...shared, readers, signal, write },
    servicesOf: servicesOfSlice,
    labelOf: sliceLabelOf,
    sourceOf: (namespace) => sources.of(namespace),
    sources: () => sources.all(),
    begin() {
      begin();
      return Promise.race([follower.synced, untilAborted(signal)]);
    },
  });
  const sources = createKindSources<ApiObject>(kind, namespaces, follower, {
    ...shared,
    take(stored, key, version) {
      // Most slices of a cluster are nobody's here: they cost no more than this question.
      if (!slices.wants(stored)) return undefined;
      const result = admitted(kind, stored, version);
      tell(kind, key, "problem" in result ? result.problem : undefined);
      return "object" in result ? result.object : undefined;
    },
    apply: (changes: readonly Change<ApiObject>[]) => slices.changed(changes),
  });
  const note = (changes: readonly Change<ApiObject>[]) => {
    slices.changed(changes);
    return () => {};
  };
  return { ...followed(sources, note), slices };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
