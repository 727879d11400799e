/** HTTP/1 of clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HTTP1Settings). */
import { stringMatch } from "../../api/envoy/string-match.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { boolean, list, object, optional } from "../../api/schema/vocabulary.ts";

/** HTTP/1 of clients. */
export const http1Settings = object("HTTP/1.", {
  disableSafeMaxConnectionDuration: optional(
    boolean("A connection that lasted for `maxConnectionDuration` is closed soon, and not only with its next answer."),
  ),
  enableTrailers: optional(boolean("Trailers are passed on.")),
  http10: optional(
    object("HTTP/1.0 and HTTP/0.9 are spoken, too.", {
      useDefaultHost: optional(
        boolean("Requests without a host get that of the listener, or that of the one route there that has one."),
      ),
    }),
  ),
  ignoredUpgradeTypes: optional(
    list("Upgrades that clients may ask for in vain: the request is served without. Others are answered with 403.", stringMatch),
  ),
  preserveHeaderCase: optional(boolean("Names of headers keep their letter case; else they become lower case.")),
});

/** HTTP/1 of clients. */
export type Http1Settings = ValueOf<typeof http1Settings>;
