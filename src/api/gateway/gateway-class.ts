/** GatewayClass. Source: gateway-api v1.6, gatewayclass_types.go; https://gateway-api.sigs.k8s.io/api-types/gatewayclass/ */
import { conditions, pendingConditions } from "../schema/condition.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { list, object, optional, string } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { controllerName } from "./names.ts";
import { parametersReference } from "./references.ts";

/** The kind GatewayClass. */
export const gatewayClass = defineKind({
  ...gatewayApiKind,
  kind: "GatewayClass",
  plural: "gatewayclasses",
  shortNames: ["gc"],
  scope: "Cluster",
  description: "A class of Gateways, all run by one controller with the same parameters.",
  printerColumns: [
    { name: "Controller", type: "string", jsonPath: ".spec.controllerName" },
    { name: "Accepted", type: "string", jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    { name: "Description", type: "string", jsonPath: ".spec.description", priority: 1 },
  ],
  fields: {
    spec: object("What the class stands for.", {
      controllerName: controllerName("Which controller runs the Gateways of this class. Cannot be changed.", {
        rules: [{ rule: "self == oldSelf", message: "Value is immutable" }],
      }),
      description: optional(string("What the class is for, for people.", { maxLength: 64 })),
      parametersRef: optional(
        parametersReference("An object with settings for all Gateways of the class; for this controller an EnvoyProxy."),
      ),
    }),
    status: optional(
      object(
        "What the controller says about the class.",
        {
          conditions: optional(
            conditions("`Accepted`: the controller takes the class. `SupportedVersion`: the installed CRDs are ones it knows.", {
              default: pendingConditions("Accepted"),
            }),
          ),
          supportedFeatures: optional(
            list(
              "The features of the Gateway API that the class has, by name.",
              object("A feature.", { name: string("Name of the feature, as the conformance tests call it.") }),
              { maxItems: 64, by: ["name"] },
            ),
          ),
        },
        { default: { conditions: pendingConditions("Accepted") } },
      ),
    ),
  },
});

/** A class of Gateways. */
export type GatewayClass = ObjectOf<typeof gatewayClass>;
