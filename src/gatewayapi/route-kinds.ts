import type { HTTPRouteFilter } from "../api/gateway/http-route.ts";
import type { BackendObjectReference, ParentReference } from "../api/gateway/references.ts";
import type { NamespacedObjectMeta } from "../api/schema/metadata.ts";
import type { Key } from "../graph/index.ts";
import type { Transport } from "./backend-key.ts";

/** The kinds of routes, in the order of the Gateway API. */
export const routeKinds = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"] as const;

/** The name of a kind of routes. */
export type RouteKind = (typeof routeKinds)[number];

/** The kinds of routes that pass connections or datagrams on, in the order of the Gateway API. */
export const streamRouteKinds = ["TLSRoute", "TCPRoute", "UDPRoute"] as const satisfies readonly RouteKind[];

/** The name of one of them. */
export type StreamRouteKind = (typeof streamRouteKinds)[number];

/** Whether routes of a kind pass connections or datagrams on. */
export function isStreamRouteKind(kind: RouteKind): kind is StreamRouteKind {
  return streamRouteKinds.some((each) => each === kind);
}

/** What routes of all kinds have in common. Source: gateway-api v1.6, shared_types.go (CommonRouteSpec). */
export interface RouteObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: NamespacedObjectMeta;
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[];
    /** Absent where the kind has none: the route then serves every host of its listeners. */
    readonly hostnames?: readonly string[];
    readonly rules?: readonly {
      readonly backendRefs?: readonly BackendObjectReference[];
      readonly filters?: readonly HTTPRouteFilter[];
    }[];
  };
}

/** What the traffic of a kind of routes comes by. */
export function transportOfKind(kind: RouteKind): Transport {
  return kind === "UDPRoute" ? "UDP" : "TCP";
}

/** The key of a route in collections that hold several kinds of routes: `<kind in lower case>/<namespace>/<name>`. */
export function routeKey(kind: RouteKind, key: Key): Key {
  return `${kind.toLowerCase()}/${key}`;
}
