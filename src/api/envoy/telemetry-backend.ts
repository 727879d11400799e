/** How a telemetry sink of an EnvoyProxy names the servers that it sends to. */
import { backendObjectReference, backendReferenceFields, backendReferenceOptions } from "../gateway/references.ts";
import type { ValidationRule } from "../schema/schema.ts";
import { boolean, integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { clusterSettings } from "./cluster-settings.ts";

const backendRef = object(
  "A server to send to.",
  {
    ...backendReferenceFields,
    fallback: optional(boolean("Used only while the others are unhealthy.")),
    weight: integer("Share of this server relative to the others.", {
      default: 1,
      format: "int32",
      minimum: 0,
      maximum: 1000000,
    }),
  },
  backendReferenceOptions,
);

/** Servers named by reference, and how they are spoken to. Goes with `backendRules`. */
export const backendFields = {
  backendRef: optional(backendObjectReference("The server to send to. Deprecated: use `backendRefs`.")),
  backendRefs: optional(list("The servers to send to: Services or Backends.", backendRef, { maxItems: 16 })),
  backendSettings: optional(clusterSettings("How the proxy connects to the servers.")),
};

/** Servers named by host, or by reference. Goes with `hostOrBackendRules`. */
export function hostOrBackendFields(bounds: { readonly maximum?: number } = {}) {
  return {
    ...backendFields,
    host: optional(string("Host name of the server. Deprecated: use `backendRefs`.")),
    port: integer("Port of `host`. Deprecated: use `backendRefs`.", { default: 4317, format: "int32", minimum: 0, ...bounds }),
  };
}

/** What `backendFields` may name. */
export const backendRules: readonly ValidationRule[] = [
  {
    rule: "!has(self.backendRef) || (self.backendRef.kind == 'Service' && self.backendRef.group == '')",
    message: "backendRef can only name a Service; use backendRefs for a Backend",
  },
  {
    rule: "!has(self.backendRefs) || self.backendRefs.all(b, b.kind == 'Service' || b.kind == 'Backend')",
    message: "backendRefs can only name objects of kind Service or Backend",
  },
  {
    rule: "!has(self.backendRefs) || self.backendRefs.all(b, b.group == '' || b.group == 'gateway.envoyproxy.io')",
    message: "backendRefs can only name objects of the core group or of gateway.envoyproxy.io",
  },
];

/** As `backendRules`; and there must be some server at all. */
export const hostOrBackendRules: readonly ValidationRule[] = [
  {
    rule: "has(self.host) || has(self.backendRefs) && size(self.backendRefs) > 0",
    message: "host or backendRefs must be set",
  },
  ...backendRules,
];
