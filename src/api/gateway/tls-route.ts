/** TLSRoute. Source: gateway-api v1.6, tlsroute_types.go; https://gateway-api.sigs.k8s.io/api-types/tlsroute/ */
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { list, object, optional } from "../schema/vocabulary.ts";
import { hostname } from "./names.ts";
import { routeStatus } from "./route-status.ts";
import { alphaStreamRouteFields, deprecatedVersion, streamRouteFields, streamRouteKind } from "./stream-route.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dnsName = `^(${label}(\\\\.${label})*)$`;

const about = "The server names (SNI) of the connections that the route is for.";
const serverName = hostname("A server name; `*.` as first label matches any prefix.");

const hostnames = list(about, serverName, {
  minItems: 1,
  maxItems: 1024,
  by: "atomic",
  rules: [
    { message: "Hostnames cannot contain an IP", rule: "self.all(h, !isIP(h))" },
    {
      message: "Hostnames must be valid based on RFC-1123",
      rule: `self.all(h, !h.contains('*') ? h.matches('${dnsName}') : true)`,
    },
    {
      message: "Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123",
      rule: `self.all(h, h.contains('*') ? (h.startsWith('*.') && h.substring(2).matches('${dnsName}')) : true)`,
    },
  ],
});

/** In v1alpha2 a route without them is for all that its listeners serve. */
const alphaHostnames = list(about, serverName, { maxItems: 1024, by: "atomic" });

/** The kind TLSRoute. */
export const tlsRoute = defineKind({
  ...streamRouteKind,
  versions: [
    { name: "v1", storage: true },
    deprecatedVersion("TLSRoute", "v1alpha2", {
      spec: object("Where the route attaches, its server names, and its rules.", {
        hostnames: optional(alphaHostnames),
        ...alphaStreamRouteFields,
      }),
      status: optional(routeStatus),
    }),
    deprecatedVersion("TLSRoute", "v1alpha3"),
  ],
  kind: "TLSRoute",
  plural: "tlsroutes",
  description: "Says where TLS connections that arrive at a Gateway go, by the server name that the client asks for (SNI).",
  fields: {
    spec: object("Where the route attaches, its server names, and its rule.", { hostnames, ...streamRouteFields }),
    status: optional(routeStatus),
  },
});

/** A route for TLS connections. */
export type TLSRoute = ObjectOf<typeof tlsRoute>;
