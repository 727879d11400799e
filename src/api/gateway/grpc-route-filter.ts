/** Filters of a GRPCRoute: some of those of an HTTPRoute. Source: gateway-api v1.6, grpcroute_types.go (GRPCRouteFilter). */
import { headerModifier } from "../../features/header-modifier/schema.ts";
import { requestMirror } from "../../features/mirror/schema.ts";
import { choice, list, object, optional } from "../schema/vocabulary.ts";
import { fieldSuitsType, notRepeated } from "./http-route-filter.ts";
import { localObjectReference } from "./references.ts";

/** The field of a filter that goes with each type. */
const fieldOfType = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  ExtensionRef: "extensionRef",
} as const;

const filter = object(
  "One thing to do with calls or their answers.",
  {
    type: choice("What to do. The field named like it (ExtensionRef: `extensionRef`, …) must be given, and no other.", [
      "ResponseHeaderModifier",
      "RequestHeaderModifier",
      "RequestMirror",
      "ExtensionRef",
    ]),
    requestHeaderModifier: optional(headerModifier),
    responseHeaderModifier: optional(headerModifier),
    requestMirror: optional(requestMirror),
    extensionRef: optional(localObjectReference("A filter of another API, like HTTPRouteFilter of gateway.envoyproxy.io.")),
  },
  { rules: fieldSuitsType(fieldOfType) },
);

/** `filters` of a GRPCRoute's rule or backend. */
export function grpcFilters(description: string) {
  const rules = notRepeated(["RequestHeaderModifier", "ResponseHeaderModifier"]);
  return list(description, filter, { maxItems: 16, by: "atomic", rules });
}
