/** HTTPRouteFilter, gateway.envoyproxy.io/v1alpha1: what routes can do beyond the filters of the Gateway API. */
import { matches } from "../../features/cookie-match/schema.ts";
import { credentialInjection } from "../../features/credential-injection/schema.ts";
import { directResponse } from "../../features/direct-response/schema.ts";
import { extendedUrlRewrite } from "../../features/url-rewrite/schema.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { object, optional } from "../schema/vocabulary.ts";

/** The kind HTTPRouteFilter. */
export const httpRouteFilter = defineKind({
  group: "gateway.envoyproxy.io",
  versions: [{ name: "v1alpha1", storage: true }],
  kind: "HTTPRouteFilter",
  plural: "httproutefilters",
  shortNames: ["hrf"],
  categories: ["envoy-gateway"],
  scope: "Namespaced",
  printerColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
  description: "Something to do with the requests of a rule; the rule names it in a filter of type ExtensionRef.",
  fields: {
    spec: object("What is done.", {
      credentialInjection: optional(credentialInjection),
      directResponse: optional(directResponse),
      matches: optional(matches),
      urlRewrite: optional(extendedUrlRewrite),
    }),
  },
});

/** An admitted HTTPRouteFilter. */
export type HTTPRouteFilterObject = ObjectOf<typeof httpRouteFilter>;
