/** Extension servers, which change what Envoy is sent: `extensionManager` and `extensionManagers` of the EnvoyGateway file. */
import { byteQuantity } from "../envoy/quantity.ts";
import { boolean, choice, list, object, optional, string } from "../schema/vocabulary.ts";
import { extensionService } from "./extension-service.ts";

const groupVersionKind = object("A kind.", {
  group: string("Its API group."),
  kind: string("Its name."),
  version: string("Its version."),
});
const kinds = (description: string) => optional(list(description, groupVersionKind));

const hook = (description: string) =>
  optional(list(description, choice("A step.", ["VirtualHost", "Route", "HTTPListener", "Cluster", "Endpoints", "Translation"])));
const included = (description: string) =>
  optional(object(description, { includeAll: optional(boolean("All of them are sent.")) }));

const xdsTranslator = object("Steps of the translation to xDS.", {
  post: hook("Called after these steps."),
  pre: hook("Called before these steps."),
  translation: optional(
    object("What the hook Translation is sent.", {
      cluster: included("Clusters; sent where it is left out."),
      listener: included("Listeners; not sent where it is left out."),
      route: included("Routes; not sent where it is left out."),
      secret: included("Secrets; sent where it is left out."),
    }),
  ),
});

/** One extension server. */
export const extensionManager = object("An extension server.", {
  backendResources: kinds("Kinds that routes may name as backends."),
  failOpen: boolean("Errors of the server are passed over.", { default: false }),
  hooks: optional(object("When it is called.", { xdsTranslator: optional(xdsTranslator) })),
  maxMessageSize: optional(byteQuantity("Largest message; 4M where it is left out.")),
  name: optional(string("Its name, unique; required where there are several.")),
  policyResources: kinds("Kinds that are policies for Gateways and routes."),
  resources: kinds("Kinds that routes may name as filters."),
  service: optional(extensionService),
});
