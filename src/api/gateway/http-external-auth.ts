/** Fields of the ExternalAuth filter. Source: gateway-api v1.6, httproute_types.go (HTTPExternalAuthFilter), GEP-1494. */
import { choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { backendObjectReference } from "./references.ts";

const headerNames = (description: string) => list(description, string("Name of the header."), { maxItems: 64, by: "set" });

function belongTogether(protocol: string, field: string) {
  return [
    {
      message: `${field} must be specified when protocol is set to '${protocol}'`,
      rule: `self.protocol == '${protocol}' ? has(self.${field}) : true`,
    },
    {
      message: `protocol must be '${protocol}' when ${field} is set`,
      rule: `has(self.${field}) ? self.protocol == '${protocol}' : true`,
    },
  ];
}

/** A service that is asked about every request. */
export const externalAuth = object(
  "Asks a service whether a request may pass.",
  {
    backendRef: backendObjectReference("The service to ask."),
    forwardBody: optional(
      object("Sends the request's body along.", {
        maxSize: optional(integer("How many bytes at most; larger bodies are refused. 0 sends none.")),
      }),
    ),
    grpc: optional(
      object("Settings for a service that speaks Envoy's ext_authz over gRPC.", {
        allowedHeaders: optional(headerNames("Request headers to send along; all where left out.")),
      }),
    ),
    http: optional(
      object("Settings for a service that speaks HTTP: status 200 lets the request pass.", {
        allowedHeaders: optional(headerNames("Request headers to send along, besides Authorization and the like.")),
        allowedResponseHeaders: optional(headerNames("Headers of the service's answer to add to the request.")),
        path: optional(
          string("Prefix for the path that the service is asked with.", {
            maxLength: 1024,
            pattern: "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
          }),
        ),
      }),
    ),
    protocol: choice("How to speak with the service.", ["HTTP", "GRPC"]),
  },
  { rules: [...belongTogether("GRPC", "grpc"), ...belongTogether("HTTP", "http")] },
);
