/** Objects as files of a machine have them: a Gateway on a free port, Backends on loopback. */
import type { Backend } from "../../src/api/envoy/backend.ts";
import type { HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from "../../src/api/gateway/http-route.ts";
import {
  backend,
  backendObjectRef,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  parent,
  takesListenerSets,
} from "../builders/objects.ts";

/** The class `eg` and the Gateway `default/eg` with an HTTP listener on `port`, open to ListenerSets. */
export function gatewayOn(port: number): object[] {
  return [gatewayClass(), gateway("default/eg", [listener("http", { port })], takesListenerSets())];
}

/** The Backend `default/<name>` on a port of this machine. */
export function localBackend(name: string, port: number): Backend {
  return backend(`default/${name}`, [{ ip: { address: "127.0.0.1", port } }]);
}

/** A rule with these matches and filters that sends to the Backend `echo` (or others). */
export function ruleTo(
  matches: readonly HTTPRouteMatch[],
  filters: readonly HTTPRouteFilter[] = [],
  backendRefs: HTTPRouteRule["backendRefs"] = [backendObjectRef("echo")],
): HTTPRouteRule {
  return { matches, filters, ...(backendRefs === undefined ? {} : { backendRefs }) };
}

/** A route of `default/eg` with these rules for a host name. */
export function routeFor(name: string, hostname: string, rules: readonly HTTPRouteRule[]): object {
  return httpRoute(`default/${name}`, rules, { parentRefs: [parent("default/eg")], hostnames: [hostname] });
}
