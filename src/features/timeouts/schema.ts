/** Fields of `rules[].timeouts`. Source: gateway-api v1.6, httproute_types.go (HTTPRouteTimeouts), GEP-1742. */
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { object, optional } from "../../api/schema/vocabulary.ts";

/** How long requests may take. */
export const timeouts = object(
  "How long requests may take; `0s` turns a timeout off.",
  {
    request: optional(duration("From the client's request to the end of the answer, all tries included.")),
    backendRequest: optional(duration("From the proxy's request to a backend to the end of its answer, for every try.")),
  },
  {
    rules: [
      {
        message: "backendRequest timeout cannot be longer than request timeout",
        rule: "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
      },
    ],
  },
);

/** How long requests may take. */
export type HTTPRouteTimeouts = ValueOf<typeof timeouts>;
