/**
 * Listeners of a Gateway or ListenerSet. Source: gateway-api v1.6, gateway_types.go (Listener, ListenerTLSConfig, AllowedRoutes,
 * ListenerStatus) and listenerset_types.go (ListenerEntry, ListenerEntryStatus).
 */
import { conditions } from "../schema/condition.ts";
import type { ValueOf } from "../schema/schema.ts";
import { choice, integer, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { gatewayGroup, group, hostname, kindName, portNumber, sectionName } from "./names.ts";
import { secretReference } from "./references.ts";
import { allowedNamespaces } from "./selector.ts";

const routeGroupKind = object("A kind of route.", {
  group: group("API group of the kind.", { default: gatewayGroup }),
  kind: kindName("The kind."),
});

const allowedRoutes = object(
  "Which routes may attach to the listener.",
  {
    kinds: optional(
      list("Kinds of routes; those that suit the protocol where left out or empty.", routeGroupKind, {
        maxItems: 8,
        by: "atomic",
      }),
    ),
    namespaces: allowedNamespaces("Namespaces that routes may come from.", ["All", "Selector", "Same"], "Same"),
  },
  { default: { namespaces: { from: "Same" } } },
);

const listenerTls = object(
  "How TLS is handled. Required for HTTPS and TLS listeners, not allowed for others.",
  {
    certificateRefs: optional(
      list(
        "Secrets with the certificates to present. At least one (or an option) where TLS ends here.",
        secretReference("A Secret of type kubernetes.io/tls."),
        {
          maxItems: 64,
          by: "atomic",
        },
      ),
    ),
    mode: choice("`Terminate`: TLS ends at the listener. `Passthrough`: the backend does it.", ["Terminate", "Passthrough"], {
      default: "Terminate",
    }),
    options: optional(
      map("Settings of the implementation.", string("Value.", { minLength: 0, maxLength: 4096 }), { maxProperties: 16 }),
    ),
  },
  {
    rules: [
      {
        message: "certificateRefs or options must be specified when mode is Terminate",
        rule: "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
      },
    ],
  },
);

const listener = object("A port and protocol that the Gateway takes traffic on.", {
  name: sectionName("Name of the listener, unique in the object that it stands in."),
  protocol: string("`HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a domain-prefixed protocol of an implementation.", {
    minLength: 1,
    maxLength: 255,
    pattern:
      "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
  }),
  port: portNumber("Port to listen on. Listeners may share a port where protocol or hostname tell them apart."),
  hostname: optional(
    hostname(
      "The host that the listener serves (by Host header, or SNI for TLS); every host where left out. `*.` as first label matches any prefix.",
    ),
  ),
  tls: optional(listenerTls),
  allowedRoutes,
});

const rules = [
  {
    message: "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    rule: "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
  },
  {
    message: "tls mode must be Terminate for protocol HTTPS",
    rule: "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
  },
  {
    message: "tls mode must be set for protocol TLS",
    rule: "self.all(l, (l.protocol == 'TLS' ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true))",
  },
  {
    message: "hostname must not be specified for protocols ['TCP', 'UDP']",
    rule: "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)",
  },
  {
    message: "Listener name must be unique within the Gateway",
    rule: "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
  },
];

/** The CRDs of Gateway and ListenerSet word the same rule differently. */
function uniquePlace(rule: string) {
  return { message: "Combination of port, protocol and hostname must be unique for each listener", rule };
}

/** `spec.listeners` of a Gateway. */
export const listeners = list("Ports and protocols that the Gateway takes traffic on.", listener, {
  minItems: 1,
  maxItems: 64,
  by: ["name"],
  rules: [
    ...rules,
    uniquePlace(
      "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
    ),
  ],
});

/** `spec.listeners` of a ListenerSet. */
export const addedListeners = list("Ports and protocols that the Gateway takes traffic on besides its own.", listener, {
  minItems: 1,
  maxItems: 64,
  by: ["name"],
  rules: [
    ...rules,
    uniquePlace(
      "self.all(l1, !has(l1.port) || self.exists_one(l2, has(l2.port) && l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
    ),
  ],
});

const listenerStatus = object("What the controller says about one listener.", {
  attachedRoutes: integer("How many routes are attached.", { format: "int32" }),
  conditions: conditions("`Accepted`, `Programmed`, `ResolvedRefs`, `Conflicted`, `OverlappingTLSConfig`."),
  name: sectionName("Name of the listener."),
  supportedKinds: optional(list("The kinds of routes that may attach.", routeGroupKind, { maxItems: 8, by: "atomic" })),
});

/** `status.listeners` of a Gateway or ListenerSet. */
export const listenerStatuses = list("What the controller says about each listener.", listenerStatus, {
  maxItems: 64,
  by: ["name"],
});

/** A listener of a Gateway or ListenerSet. */
export type Listener = ValueOf<typeof listener>;

/** The status of a listener. */
export type ListenerStatus = ValueOf<typeof listenerStatus>;

/** A kind of route that may attach. */
export type RouteGroupKind = ValueOf<typeof routeGroupKind>;
