/** The strings that Gateway API objects are named and referred to with. Source: gateway-api v1.6, shared_types.go. */
import { integer, type NumberOptions, type StringOptions, string } from "../schema/vocabulary.ts";

/** The API group of the Gateway API. */
export const gatewayGroup = "gateway.networking.k8s.io";

const subdomain = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** An API group; empty for the core group. */
export function group(description: string, options: StringOptions = {}) {
  return string(description, { maxLength: 253, pattern: `^$|^${subdomain}$`, ...options });
}

/** A kind, in CamelCase. */
export function kindName(description: string, options: StringOptions = {}) {
  return string(description, { minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", ...options });
}

/** The name of a referred object. */
export function objectName(description: string) {
  return string(description, { minLength: 1, maxLength: 253 });
}

/** A namespace: a DNS label. */
export function namespaceName(description: string) {
  return string(description, { minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" });
}

/** The name of a part of an object (a listener, a rule): a DNS subdomain. */
export function sectionName(description: string) {
  return string(description, { minLength: 1, maxLength: 253, pattern: `^${subdomain}$` });
}

/** A DNS name, with or without a wildcard as its first label; never an IP address by convention. */
export function hostname(description: string) {
  return string(description, { minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${subdomain}$` });
}

/** A DNS name without wildcards. */
export function preciseHostname(description: string) {
  return string(description, { minLength: 1, maxLength: 253, pattern: `^${subdomain}$` });
}

/** A TCP or UDP port. */
export function portNumber(description: string, options: NumberOptions = {}) {
  return integer(description, { format: "int32", minimum: 1, maximum: 65535, ...options });
}

/** A duration as GEP-2257 defines it, like `1h30m` or `500ms`. */
export function duration(description: string, options: StringOptions = {}) {
  return string(description, { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", ...options });
}

/** A domain-prefixed path that identifies a controller. */
export function controllerName(description: string, options: StringOptions = {}) {
  return string(description, {
    minLength: 1,
    maxLength: 253,
    pattern: `^${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
    ...options,
  });
}

/** CA certificates that are known by a name: `System`, or a domain-prefixed name of the implementation's. */
export function wellKnownAuthorities(description: string) {
  return string(description, {
    minLength: 1,
    maxLength: 253,
    pattern: `^(System|(${subdomain}/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$`,
  });
}

/** The name of an HTTP header (RFC 9110, token). */
export function headerName(description: string) {
  return string(description, { minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" });
}

/** The value of an HTTP header: visible ASCII, blanks only between words. */
export const headerValuePattern = "^[!-~]+([\\t ]?[!-~]+)*$";

/** The value of an HTTP header. */
export function headerValue(description: string) {
  return string(description, { minLength: 1, maxLength: 4096, pattern: headerValuePattern });
}

/** A label value as infrastructure labels have it. */
export const labelValuePattern = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";
