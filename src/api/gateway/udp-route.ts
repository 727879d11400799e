/** UDPRoute. Source: gateway-api v1.6, udproute_types.go; https://gateway-api.sigs.k8s.io/api-types/udproute/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { object, optional } from "../schema/vocabulary.ts";
import { routeStatus } from "./route-status.ts";
import { alphaStreamRouteFields, deprecatedVersion, streamRouteFields, streamRouteKind } from "./stream-route.ts";

/** The kind UDPRoute. */
export const udpRoute = defineKind({
  ...streamRouteKind,
  versions: [
    { name: "v1", storage: true },
    deprecatedVersion("UDPRoute", "v1alpha2", {
      spec: object("Where the route attaches, and its rules.", alphaStreamRouteFields),
      status: optional(routeStatus),
    }),
  ],
  kind: "UDPRoute",
  plural: "udproutes",
  description: "Says where the datagrams that arrive at a port of a Gateway go, whatever they carry.",
  fields: {
    spec: object("Where the route attaches, and its rule.", streamRouteFields),
    status: optional(routeStatus),
  },
});

/** A route for datagrams that arrive at a port. */
export type UDPRoute = ObjectOf<typeof udpRoute>;
