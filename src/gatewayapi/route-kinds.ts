import type { ParentReference } from "../api/gateway/references.ts";
import type { NamespacedObjectMeta } from "../api/schema/metadata.ts";
import type { Key } from "../graph/index.ts";

/** The kinds of routes, in the order of the Gateway API. */
export const routeKinds = ["HTTPRoute", "GRPCRoute"] as const;

/** The name of a kind of routes. */
export type RouteKind = (typeof routeKinds)[number];

/** What routes of all kinds have in common. Source: gateway-api v1.6, shared_types.go (CommonRouteSpec). */
export interface RouteObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: NamespacedObjectMeta;
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[];
    /** Absent where the kind has none: the route then serves every host of its listeners. */
    readonly hostnames?: readonly string[];
  };
}

/** The key of a route in collections that hold several kinds of routes: `<kind in lower case>/<namespace>/<name>`. */
export function routeKey(kind: RouteKind, key: Key): Key {
  return `${kind.toLowerCase()}/${key}`;
}
