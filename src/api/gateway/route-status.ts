/** The status of routes. Source: gateway-api v1.6, shared_types.go (RouteStatus). */
import { conditions } from "../schema/condition.ts";
import type { ValueOf } from "../schema/schema.ts";
import { list, object } from "../schema/vocabulary.ts";
import { controllerName } from "./names.ts";
import { parentReference } from "./references.ts";

const parentStatus = object("What one controller says about the route at one parent.", {
  conditions: conditions("`Accepted`: the route is attached. `ResolvedRefs`: all it refers to is there.", { minItems: 1 }),
  controllerName: controllerName("The controller that says so."),
  parentRef: parentReference,
});

/** `status` of a route. */
export const routeStatus = object("What controllers say about the route.", {
  parents: list("One entry for each parent and controller.", parentStatus, { maxItems: 32, by: "atomic" }),
});

/** The status of a route. */
export type RouteStatus = ValueOf<typeof routeStatus>;

/** The status of a route at one parent. */
export type RouteParentStatus = ValueOf<typeof parentStatus>;
