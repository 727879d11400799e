/** Fields of `rules[].retry`. Source: gateway-api v1.6, httproute_types.go (HTTPRouteRetry), GEP-1731. */
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { integer, list, object, optional } from "../../api/schema/vocabulary.ts";

/** When and how often a request is tried again. */
export const retry = object("When and how often a request is tried again.", {
  attempts: optional(integer("How often at most it is tried again.", { minimum: 1 })),
  backoff: optional(duration("How long to wait at least between two tries.")),
  codes: optional(
    list("Statuses of the backend that are worth another try.", integer("A status.", { minimum: 400, maximum: 599 }), {
      by: "set",
    }),
  ),
});

/** When and how often a request is tried again. */
export type HTTPRouteRetry = ValueOf<typeof retry>;
