import { grpcDeadlineSlot } from "../../ir/grpc.ts";
import type { Feature } from "../feature.ts";

/**
 * A gRPC call lasts as long as the deadline of its client says (gRPC over HTTP/2, Timeout), so that streams are not cut: Envoy's own
 * bound for answers, 15 s, is for requests that have one answer. What sets a timeout for the route counts.
 */
export const grpcDeadline: Feature = {
  name: grpcDeadlineSlot.name,
  route: (draft) =>
    draft.route === undefined || draft.route.timeout !== undefined
      ? draft
      : { ...draft, route: { ...draft.route, timeout: "0s" } },
};
