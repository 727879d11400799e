/** HTTPRouteFilter, gateway.envoyproxy.io/v1alpha1: what routes can do beyond the filters of the Gateway API. */
import { matches } from "../../features/cookie-match/schema.ts";
import { directResponse } from "../../features/direct-response/schema.ts";
import { extendedUrlRewrite } from "../../features/url-rewrite/schema.ts";
import { secretReference } from "../gateway/references.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { boolean, object, optional, string } from "../schema/vocabulary.ts";

const credentialInjection = object("A credential that is added to requests on their way to the backend.", {
  credential: object("The credential.", {
    valueRef: secretReference("The Secret whose key `credential` is the value of the header, like `Bearer <token>`."),
  }),
  header: optional(string("The header that gets the credential. Authorization where left out.")),
  overwrite: optional(boolean("Replaces the header where the request has it already.")),
});

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
