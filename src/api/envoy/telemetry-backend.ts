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

/** Servers named by reference, and how they are spoken to. Goes with `noSingleBackend` and `backendKindRules`. */
export const backendFields = {
  backendRef: optional(backendObjectReference("Not supported: use `backendRefs`.")),
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

/** `backendRef` is a field from before `backendRefs`, and refused. */
export const noSingleBackend: ValidationRule = {
  rule: "!has(self.backendRef)",
  message: "BackendRefs must be used, backendRef is not supported.",
};

/** What `backendRefs` may name. */
export const backendKindRules: readonly ValidationRule[] = [
  {
    rule: "has(self.backendRefs) ? self.backendRefs.all(f, f.kind == 'Service' || f.kind == 'Backend') : true",
    message: "BackendRefs only support Service and Backend kind.",
  },
  {
    rule: "has(self.backendRefs) ? (self.backendRefs.all(f, f.group == \"\" || f.group == 'gateway.envoyproxy.io')) : true",
    message: "BackendRefs only support Core and gateway.envoyproxy.io group.",
  },
];

/** Of `hostOrBackendFields`: there must be some server, and one that is supported. */
export const hostOrBackendRules: readonly ValidationRule[] = [
  { rule: "has(self.host) || self.backendRefs.size() > 0", message: "host or backendRefs needs to be set" },
  noSingleBackend,
  ...backendKindRules,
];
