/** Fields of the RequestRedirect filter. Source: gateway-api v1.6, httproute_types.go (HTTPRequestRedirectFilter). */
import { portNumber, preciseHostname } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { choice, integerChoice, object, optional } from "../../api/schema/vocabulary.ts";
import { pathModifier } from "../url-rewrite/schema.ts";

/** An answer that sends the client elsewhere. */
export const requestRedirect = object("Answers with a redirect; what is left out of the target is taken from the request.", {
  scheme: optional(choice("Scheme of the target.", ["http", "https"])),
  hostname: optional(preciseHostname("Host of the target.")),
  port: optional(
    portNumber("Port of the target. Where left out: the well-known port of `scheme` if that is given, else the listener's port."),
  ),
  path: optional(pathModifier("Path of the target.")),
  statusCode: integerChoice("Status of the answer.", [301, 302, 303, 307, 308], { default: 302 }),
});

/** An answer that sends the client elsewhere. */
export type HTTPRequestRedirectFilter = ValueOf<typeof requestRedirect>;
