/** How the requests of routes reach backends, as far as Gateways decide about it: all that a rule's translation reads of Gateways. */
import type { EnvoyProxySpec } from "../api/envoy/envoy-proxy.ts";
import type { LabelSelector } from "../api/gateway/selector.ts";
import { selectorMistake, selects } from "./label-selector.ts";

/** Whether requests go to a Service's endpoints or to its cluster IP. */
export type ServiceRouting = "endpoints" | "service";

/**
 * The routing of Services, followed, where routes share the clusters of backends, by the selector of those backends as JSON. Text,
 * so that Gateways with the same routing have the same rules.
 */
export type Routing = ServiceRouting | `${ServiceRouting} ${string}`;

/** The routing that an EnvoyProxy asks for. A selector that is wrong selects nothing. */
export function readRouting({ routingType, mergeBackends }: Partial<EnvoyProxySpec> = {}): Routing {
  const routing = routingType === "Service" ? "service" : "endpoints";
  if (mergeBackends === undefined || mergeBackendsMistake(mergeBackends) !== undefined) return routing;
  return `${routing} ${JSON.stringify(mergeBackends.selector ?? {})}`;
}

/** What is wrong with `mergeBackends`, beginning with the field; undefined where nothing is. */
export function mergeBackendsMistake({ selector }: NonNullable<EnvoyProxySpec["mergeBackends"]>): string | undefined {
  const mistake = selector === undefined ? undefined : selectorMistake(selector);
  return mistake === undefined ? undefined : `spec.mergeBackends.selector ${mistake}`;
}

/** Whether requests go to a Service's endpoints or to its cluster IP. */
export function serviceRouting(routing: Routing): ServiceRouting {
  return routing.startsWith("service") ? "service" : "endpoints";
}

/** Whether routes share the clusters of any backends. */
export function sharesBackends(routing: Routing): boolean {
  return routing.includes(" ");
}

/** The same routing, with clusters of their own for all routes. */
export function unshared(routing: Routing): Routing {
  return serviceRouting(routing);
}

/** Whether routes share the cluster of a backend that has these labels. */
export function sharesBackend(routing: Routing, labels: Readonly<Record<string, string>>): boolean {
  if (!sharesBackends(routing)) return false;
  // The selector was written by `readRouting`.
  return selects(JSON.parse(routing.slice(routing.indexOf(" "))) as LabelSelector, labels);
}
