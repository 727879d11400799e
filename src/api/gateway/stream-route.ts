/** What the routes for connections and datagrams have in common. Source: gateway-api v1.6, tcproute_types.go, udproute_types.go, tlsroute_types.go. */
import type { TProperties } from "typebox";
import type { VersionDefinition } from "../schema/kind.ts";
import type { ValueOf } from "../schema/schema.ts";
import { choice, integer, list, object, optional } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { sectionName } from "./names.ts";
import { backendReferenceFields, backendReferenceOptions, parentReferences } from "./references.ts";

/** Common definition of these kinds. */
export const streamRouteKind = {
  ...gatewayApiKind,
  scope: "Namespaced",
  printerColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
} as const;

/** A version of such a kind that clients of before may still use, with its fields where they differ from those of v1. */
export function deprecatedVersion(kind: string, name: string, fields?: TProperties): VersionDefinition {
  const deprecationWarning = `The ${name} version of ${kind} has been deprecated and will be removed in a future release of the API. Please upgrade to v1.`;
  return { name, deprecationWarning, ...(fields === undefined ? {} : { fields }) };
}

const backendRef = object(
  "A backend with its share of the traffic.",
  {
    ...backendReferenceFields,
    weight: integer("The backend's share, in proportion to the sum of all weights. 0 gets nothing.", {
      format: "int32",
      minimum: 0,
      maximum: 1000000,
      default: 1,
    }),
  },
  backendReferenceOptions,
);

const rule = object("Where the traffic goes.", {
  name: optional(sectionName("Name of the rule.")),
  backendRefs: list("The backends, which share the traffic by weight.", backendRef, {
    minItems: 1,
    maxItems: 16,
    by: "atomic",
  }),
});

const commonFields = {
  parentRefs: optional(parentReferences("The Gateways (or parts of them) that the route attaches to.")),
  useDefaultGateways: optional(choice("Whether the route attaches to default Gateways, too.", ["All", "None"])),
};

/** The fields of `spec` that all these kinds have. */
export const streamRouteFields = {
  ...commonFields,
  rules: list("The one rule of the route.", rule, { minItems: 1, maxItems: 1, by: "atomic" }),
};

/** The same in v1alpha2. */
export const alphaStreamRouteFields = {
  ...commonFields,
  rules: list("The rules of the route.", rule, {
    minItems: 1,
    maxItems: 16,
    by: "atomic",
    rules: [
      {
        message: "Rule name must be unique within the route",
        rule: "self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))",
      },
    ],
  }),
};

/** A rule of such a route. */
export type StreamRouteRule = ValueOf<typeof rule>;

/** A backend with its share of the traffic. */
export type StreamBackendRef = ValueOf<typeof backendRef>;
