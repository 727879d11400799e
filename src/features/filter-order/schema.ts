/** Order of HTTP filters: `spec.filterOrder` of EnvoyProxy. */
import { choice, list, object, optional } from "../../api/schema/vocabulary.ts";

/** The HTTP filters that can be moved. */
const filters = [
  "envoy.filters.http.custom_response",
  "envoy.filters.http.health_check",
  "envoy.filters.http.fault",
  "envoy.filters.http.cors",
  "envoy.filters.http.csrf",
  "envoy.filters.http.header_mutation",
  "envoy.filters.http.ext_authz",
  "envoy.filters.http.api_key_auth",
  "envoy.filters.http.basic_auth",
  "envoy.filters.http.oauth2",
  "envoy.filters.http.jwt_authn",
  "envoy.filters.http.stateful_session",
  "envoy.filters.http.buffer",
  "envoy.filters.http.lua",
  "envoy.filters.http.ext_proc",
  "envoy.filters.http.wasm",
  "envoy.filters.http.dynamic_modules",
  "envoy.filters.http.geoip",
  "envoy.filters.http.rbac",
  "envoy.filters.http.local_ratelimit",
  "envoy.filters.http.ratelimit",
  "envoy.filters.http.bandwidth_limit",
  "envoy.filters.http.grpc_web",
  "envoy.filters.http.grpc_stats",
  "envoy.filters.http.credential_injector",
  "envoy.filters.http.compressor",
  "envoy.filters.http.dynamic_forward_proxy",
] as const;

const move = object(
  "One filter that is moved.",
  {
    after: optional(choice("The filter that it comes after.", filters)),
    before: optional(choice("The filter that it comes before.", filters)),
    name: choice("The filter that is moved.", filters),
  },
  {
    rules: [
      { rule: "(has(self.before) || has(self.after))", message: "one of before or after must be specified" },
      {
        rule: "(has(self.before) && !has(self.after)) || (!has(self.before) && has(self.after))",
        message: "only one of before or after can be specified",
      },
    ],
  },
);

/** Moves of HTTP filters, made one after the other from the built-in order. */
export const filterOrder = list("Moves of HTTP filters, made one after the other.", move);
