/** ListenerSet. Source: gateway-api v1.6, listenerset_types.go; https://gateway-api.sigs.k8s.io/geps/gep-1713/ */
import { conditions, pendingConditions } from "../schema/condition.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { object, optional } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { addedListeners, listenerStatuses } from "./listener.ts";
import { parentGatewayReference } from "./references.ts";

const spec = object("The listeners, and the Gateway that they are added to.", {
  listeners: addedListeners,
  parentRef: parentGatewayReference,
});

const status = object(
  "What the controller says about the ListenerSet.",
  {
    conditions: optional(
      conditions("`Accepted`: the Gateway takes the ListenerSet. `Programmed`: proxies are configured for its listeners.", {
        default: pendingConditions("Accepted", "Programmed"),
      }),
    ),
    listeners: optional(listenerStatuses),
  },
  { default: { conditions: pendingConditions("Accepted", "Programmed") } },
);

/** The kind ListenerSet. */
export const listenerSet = defineKind({
  ...gatewayApiKind,
  versions: [{ name: "v1", storage: true }],
  kind: "ListenerSet",
  plural: "listenersets",
  shortNames: ["lset"],
  scope: "Namespaced",
  description:
    "Listeners that are added to a Gateway from outside it, so that a team can have listeners and certificates of its own. The Gateway says in `spec.allowedListeners` who may.",
  printerColumns: [
    { name: "Accepted", type: "string", jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    { name: "Programmed", type: "string", jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  fields: { spec, status: optional(status) },
});

/** Listeners that are added to a Gateway. */
export type ListenerSet = ObjectOf<typeof listenerSet>;
