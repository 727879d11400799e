/** Where the address of a client is found. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (ClientIPDetectionSettings). */
import type { ValueOf } from "../../api/schema/schema.ts";
import { boolean, integer, list, object, optional, string } from "../../api/schema/vocabulary.ts";

const octet = "(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)";
const v4 = `${octet}\\.${octet}\\.${octet}\\.${octet}`;
const group = "[0-9a-fA-F]{1,4}";
const embedded = "((25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])\\.){3,3}(25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])";
const v6 = [
  `(${group}:){7,7}${group}`,
  `(${group}:){1,7}:`,
  `(${group}:){1,6}:${group}`,
  ...[2, 3, 4, 5].map((n) => `(${group}:){1,${7 - n}}(:${group}){1,${n}}`),
  `${group}:((:${group}){1,6})`,
  `:((:${group}){1,7}|:)`,
  "fe80:(:[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]{1,}",
  `::(ffff(:0{1,4}){0,1}:){0,1}${embedded}`,
  `(${group}:){1,4}:${embedded}`,
].join("|");

const xForwardedFor = object(
  "The header x-forwarded-for, as proxies before this one wrote it.",
  {
    disableXForwardedForAppend: optional(boolean("The address that the connection comes from is not added to the header.")),
    numTrustedHops: optional(
      integer("The client is the address at this place of the header, counted from its end.", { format: "int32" }),
    ),
    trustedCIDRs: optional(
      list(
        "The client is the last address in the header that is in none of these ranges.",
        string("A range of addresses, like 10.0.0.0/8.", { pattern: `(${v4}\\/([0-9]+))|((${v6})\\/([0-9]+))` }),
        { minItems: 1 },
      ),
    ),
  },
  {
    rules: [
      {
        message: "only one of numTrustedHops or trustedCIDRs must be set",
        rule: "(has(self.numTrustedHops) && !has(self.trustedCIDRs)) || (!has(self.numTrustedHops) && has(self.trustedCIDRs))",
      },
    ],
  },
);

/** Where the address of a client is found. */
export const clientIpDetection = object(
  "Where the address of the client is found; the address that the connection comes from where left out.",
  {
    customHeader: optional(
      object("A header that holds it.", {
        failClosed: optional(boolean("Requests without the header, or without an address in it, are answered with 403.")),
        name: string("Name of the header.", { minLength: 1, maxLength: 255, pattern: "^[A-Za-z0-9-]+$" }),
      }),
    ),
    directSourceIP: optional(object("The address that the connection comes from.", {})),
    xForwardedFor: optional(xForwardedFor),
  },
  {
    rules: [
      {
        message: "exactly one of xForwardedFor, customHeader or directSourceIP must be set",
        rule: "[has(self.xForwardedFor), has(self.customHeader), has(self.directSourceIP)].filter(x, x).size() == 1",
      },
    ],
  },
);

/** Where the address of a client is found. */
export type ClientIpDetection = ValueOf<typeof clientIpDetection>;
