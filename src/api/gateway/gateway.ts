/** Gateway. Source: gateway-api v1.6, gateway_types.go; https://gateway-api.sigs.k8s.io/api-types/gateway/ */
import { conditions, pendingConditions } from "../schema/condition.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import { choice, integer, map, object, optional, string } from "../schema/vocabulary.ts";
import { gatewayApiKind } from "./bundle.ts";
import { gatewayAddresses, statusAddresses } from "./gateway-address.ts";
import { gatewayTls } from "./gateway-tls.ts";
import { listenerStatuses, listeners } from "./listener.ts";
import { labelValuePattern, objectName } from "./names.ts";
import { localObjectReference } from "./references.ts";
import { allowedNamespaces } from "./selector.ts";

/** CEL rules for keys of labels and annotations. */
function keyRules(what: "label" | "annotation") {
  const name = what === "label" ? "Label" : "Annotation";
  return [
    {
      message: `${name} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
      rule: 'self.all(key, key.matches(r"""^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$"""))',
    },
    {
      message: `If specified, the ${what} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
      rule: 'self.all(key, key.split("/")[0].size() < 253)',
    },
  ];
}

const infrastructure = object("Settings for the proxies and other objects that are made for the Gateway.", {
  annotations: optional(
    map("Annotations of the objects made.", string("Value.", { minLength: 0, maxLength: 4096 }), {
      maxProperties: 16,
      rules: keyRules("annotation"),
    }),
  ),
  labels: optional(
    map("Labels of the objects made.", string("Value.", { minLength: 0, maxLength: 63, pattern: labelValuePattern }), {
      maxProperties: 8,
      rules: keyRules("label"),
    }),
  ),
  parametersRef: optional(localObjectReference("An object with settings for this Gateway; for this controller an EnvoyProxy.")),
});

const spec = object("What the Gateway listens on and who may use it.", {
  gatewayClassName: objectName("Name of the GatewayClass, which says who runs this Gateway."),
  listeners,
  addresses: optional(gatewayAddresses),
  infrastructure: optional(infrastructure),
  allowedListeners: optional(
    object("Which ListenerSets may add listeners; none where left out.", {
      namespaces: allowedNamespaces("Namespaces that ListenerSets may come from.", ["All", "Selector", "Same", "None"], "None"),
    }),
  ),
  defaultScope: optional(choice("Whether routes without a parent attach to this Gateway.", ["All", "None"])),
  tls: optional(gatewayTls),
});

const status = object(
  "What the controller says about the Gateway.",
  {
    addresses: optional(statusAddresses),
    attachedListenerSets: optional(integer("How many ListenerSets added listeners.", { format: "int32" })),
    conditions: optional(
      conditions("`Accepted`: the Gateway is valid. `Programmed`: proxies have taken its configuration.", {
        default: pendingConditions("Accepted", "Programmed"),
      }),
    ),
    listeners: optional(listenerStatuses),
  },
  { default: { conditions: pendingConditions("Accepted", "Programmed") } },
);

/** The kind Gateway. */
export const gateway = defineKind({
  ...gatewayApiKind,
  kind: "Gateway",
  plural: "gateways",
  shortNames: ["gtw"],
  scope: "Namespaced",
  description: "A point where traffic enters: listeners on addresses, served by proxies that a GatewayClass's controller runs.",
  printerColumns: [
    { name: "Class", type: "string", jsonPath: ".spec.gatewayClassName" },
    { name: "Address", type: "string", jsonPath: ".status.addresses[*].value" },
    { name: "Programmed", type: "string", jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  fields: { spec, status: optional(status) },
});

/** A point where traffic enters. */
export type Gateway = ObjectOf<typeof gateway>;
