/** What HTTPRoutes and GRPCRoutes have alike. Source: gateway-api v1.6, httproute_types.go, grpcroute_types.go and shared_types.go. */
import type { ValidationRule } from "../schema/schema.ts";
import { choice, integer, list } from "../schema/vocabulary.ts";
import { hostname } from "./names.ts";

/** `hostnames` of a route. */
export const routeHostnames = list(
  "Hosts that the route is for; those of the listener where left out.",
  hostname("A host; `*.` as first label matches any prefix."),
  { maxItems: 16, by: "atomic" },
);

/** `useDefaultGateways` of a route. */
export const useDefaultGateways = choice("Whether the route attaches to default Gateways, too.", ["All", "None"]);

/** `weight` of a backendRef. */
export const backendWeight = integer("The backend's share, in proportion to the sum of all weights. 0 gets no requests.", {
  format: "int32",
  minimum: 0,
  maximum: 1000000,
  default: 1,
});

/** How many rules a route may have. */
export const maxRules = 16;

/** The rule that a route has no more than 128 matches; `countOf` gives the expression that counts the matches of rule `index`. */
export function matchesBounded(countOf: (index: number) => string): ValidationRule {
  const counts = Array.from({ length: maxRules }, (_, index) => `(self.size() > ${index} ? ${countOf(index)} : 0)`);
  return {
    message:
      "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
    rule: `${counts.join(" + ")} <= 128`,
  };
}

/** The rule that no two rules of a route have one name. */
export const ruleNamesDiffer: ValidationRule = {
  message: "Rule name must be unique within the route",
  rule: "self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))",
};
