/** TCPRoute. Source: gateway-api v1.6, tcproute_types.go; https://gateway-api.sigs.k8s.io/api-types/tcproute/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { object, optional } from "../schema/vocabulary.ts";
import { routeStatus } from "./route-status.ts";
import { alphaStreamRouteFields, deprecatedVersion, streamRouteFields, streamRouteKind } from "./stream-route.ts";

/** The kind TCPRoute. */
export const tcpRoute = defineKind({
  ...streamRouteKind,
  versions: [
    { name: "v1", storage: true },
    deprecatedVersion("TCPRoute", "v1alpha2", {
      spec: object("Where the route attaches, and its rules.", alphaStreamRouteFields),
      status: optional(routeStatus),
    }),
  ],
  kind: "TCPRoute",
  plural: "tcproutes",
  description: "Says where the connections that arrive at a port of a Gateway go, whatever they carry.",
  fields: {
    spec: object("Where the route attaches, and its rule.", streamRouteFields),
    status: optional(routeStatus),
  },
});

/** A route for connections that arrive at a port. */
export type TCPRoute = ObjectOf<typeof tcpRoute>;
