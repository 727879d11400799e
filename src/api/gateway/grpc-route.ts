/** GRPCRoute. Source: gateway-api v1.6, grpcroute_types.go; https://gateway-api.sigs.k8s.io/api-types/grpcroute/ */
import { sessionPersistence } from "../../features/session-persistence/schema.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { ValueOf } from "../schema/schema.ts";
import { list, object, optional } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { grpcFilters } from "./grpc-route-filter.ts";
import { grpcMatches } from "./grpc-route-match.ts";
import { sectionName } from "./names.ts";
import { backendReferenceFields, backendReferenceOptions, parentReferences } from "./references.ts";
import { backendWeight, matchesBounded, maxRules, routeHostnames, ruleNamesDiffer, useDefaultGateways } from "./route-fields.ts";
import { routeStatus } from "./route-status.ts";

const backendRef = object(
  "A backend with its share of the calls.",
  {
    ...backendReferenceFields,
    weight: backendWeight,
    filters: optional(grpcFilters("What to do with calls to this backend only.")),
  },
  backendReferenceOptions,
);

const rule = object("Calls, what to do with them, and where they go.", {
  name: optional(sectionName("Name of the rule, unique in the route.")),
  matches: optional(grpcMatches),
  filters: optional(grpcFilters("What to do with calls and their answers.")),
  backendRefs: optional(
    list("Where calls go, shared out by weight. Calls fail as UNAVAILABLE where there is none.", backendRef, {
      maxItems: 16,
      by: "atomic",
    }),
  ),
  sessionPersistence: optional(sessionPersistence),
});

const rules = list("What to do with which calls. The most specific match of all rules wins.", rule, {
  maxItems: maxRules,
  by: "atomic",
  rules: [matchesBounded((index) => `(has(self[${index}].matches) ? self[${index}].matches.size() : 0)`), ruleNamesDiffer],
});

/** The kind GRPCRoute. */
export const grpcRoute = defineKind({
  ...gatewayApiKind,
  versions: [{ name: "v1", storage: true }],
  kind: "GRPCRoute",
  plural: "grpcroutes",
  scope: "Namespaced",
  description: "Says which gRPC calls that arrive at a Gateway go where, and what is done with them on the way.",
  printerColumns: [
    { name: "Hostnames", type: "string", jsonPath: ".spec.hostnames" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  fields: {
    spec: object("Where the route attaches, and its rules.", {
      parentRefs: optional(parentReferences("The Gateways (or parts of them) that the route attaches to.")),
      hostnames: optional(routeHostnames),
      rules: optional(rules),
      useDefaultGateways: optional(useDefaultGateways),
    }),
    status: optional(routeStatus),
  },
});

/** A route for gRPC calls. */
export type GRPCRoute = ObjectOf<typeof grpcRoute>;

/** A rule of a GRPCRoute. */
export type GRPCRouteRule = ValueOf<typeof rule>;

/** A backend with its share of the calls. */
export type GRPCBackendRef = ValueOf<typeof backendRef>;
export type { GRPCMethodMatch, GRPCRouteMatch } from "./grpc-route-match.ts";
