/** Any objects of credential injection, for property tests: filters, their Secrets, and what lets the one refer to the other. */
import fc from "fast-check";
import { referenceGrant } from "./objects.ts";

const ns = fc.constantFrom("app", "other");

/** Names an HTTPRouteFilter that may be there or not, and whose Secret may be. */
export const injecting = {
  type: "ExtensionRef" as const,
  extensionRef: { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "token" },
};
const injection = fc.tuple(ns, ns).map(([at, secretIn]) => {
  const valueRef = { group: "", kind: "Secret", namespace: secretIn, name: "token" };
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "HTTPRouteFilter",
    metadata: { namespace: at, name: "token" },
    spec: { credentialInjection: { credential: { valueRef } } },
  };
});
const credential = fc.tuple(ns, fc.constantFrom("YQ==", "Yg==", "Cg==")).map(([at, value]) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace: at, name: "token" },
  type: "Opaque",
  data: { credential: value },
}));
const grantForFilters = fc.constant({
  ...referenceGrant("app", "other", [{ group: "", kind: "Secret" }]),
  metadata: { namespace: "app", name: "filters" },
  spec: {
    from: [{ group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", namespace: "other" }],
    to: [{ group: "", kind: "Secret" }],
  },
});

/** Any of them. The last of the values cannot be used. */
export const injections = fc.oneof(injection, credential, grantForFilters);
