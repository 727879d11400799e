/** Fields of the CORS filter. Source: gateway-api v1.6, httproute_types.go (HTTPCORSFilter); the Fetch standard, CORS protocol. */
import { headerName } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { boolean, choice, integer, list, object, optional, string } from "../../api/schema/vocabulary.ts";

function starStandsAlone(list: string, others: string) {
  return [{ message: `${list} cannot contain '*' alongside other ${others}`, rule: "!('*' in self && self.size() > 1)" }];
}

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"] as const;

/** What browsers may do across origins. */
export const cors = object("What browsers let pages of other origins do.", {
  allowCredentials: optional(boolean("Pages may send cookies and other credentials.")),
  allowHeaders: optional(
    list("Request headers that pages may set; `*` for all.", headerName("Name of the header."), {
      maxItems: 64,
      by: "set",
      // The words are those of the published schema.
      rules: starStandsAlone("AllowHeaders", "methods"),
    }),
  ),
  allowMethods: optional(
    list("Methods that pages may use; `*` for all.", choice("A method.", methods), {
      maxItems: 9,
      by: "set",
      rules: starStandsAlone("AllowMethods", "methods"),
    }),
  ),
  allowOrigins: optional(
    list(
      "Origins of the pages: scheme, host and port; `*` for all, or as the first label of a host.",
      string("An origin.", {
        minLength: 1,
        maxLength: 253,
        pattern: "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
      }),
      { maxItems: 64, by: "set", rules: starStandsAlone("AllowOrigins", "origins") },
    ),
  ),
  exposeHeaders: optional(
    list("Response headers that pages may read; `*` for all.", headerName("Name of the header."), { maxItems: 64, by: "set" }),
  ),
  maxAge: integer("How many seconds a browser may keep the answer to a preflight request.", {
    format: "int32",
    minimum: 1,
    default: 5,
  }),
});

/** What browsers may do across origins. */
export type HTTPCORSFilter = ValueOf<typeof cors>;
