/** Fields of the RequestMirror filter. Source: gateway-api v1.6, httproute_types.go (HTTPRequestMirrorFilter). */
import { backendObjectReference } from "../../api/gateway/references.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { integer, object, optional } from "../../api/schema/vocabulary.ts";

const fraction = object(
  "A share, as a fraction.",
  {
    denominator: integer("What `numerator` is a part of.", { format: "int32", minimum: 1, default: 100 }),
    numerator: integer("How many of `denominator`.", { format: "int32", minimum: 0 }),
  },
  { rules: [{ message: "numerator must be less than or equal to denominator", rule: "self.numerator <= self.denominator" }] },
);

/** Copies of requests to a second backend. */
export const requestMirror = object(
  "Sends copies of requests to a backend whose answers are ignored.",
  {
    backendRef: backendObjectReference("The backend that gets the copies."),
    fraction: optional(fraction),
    percent: optional(
      integer("The share of requests, in percent; all where neither `percent` nor `fraction` is given.", {
        format: "int32",
        minimum: 0,
        maximum: 100,
      }),
    ),
  },
  {
    rules: [
      {
        message: "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
        rule: "!(has(self.percent) && has(self.fraction))",
      },
    ],
  },
);

/** Copies of requests to a second backend. */
export type HTTPRequestMirrorFilter = ValueOf<typeof requestMirror>;
