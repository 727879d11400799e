import type { Key } from "../graph/index.ts";
import type { ServiceRouting } from "./routing.ts";

/** What carries traffic to a backend. */
export type Transport = "TCP" | "UDP";

/** Group and kind of Backends. */
export const backendKind = { group: "gateway.envoyproxy.io", kind: "Backend" } as const;

/** The groups of the kinds of backends that have ports. */
export const serviceGroups: Readonly<Record<ServiceKind, string>> = { Service: "", ServiceImport: "multicluster.x-k8s.io" };

/** The kinds of backends that have ports and EndpointSlices. */
export type ServiceKind = "Service" | "ServiceImport";

/** Something with endpoints that routes and EnvoyProxies can name. */
export type BackendId =
  | {
      readonly kind: ServiceKind;
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      readonly routing: ServiceRouting;
      /** What the port carries: Services may have a port of each under one number. Default: TCP. */
      readonly transport?: Transport;
    }
  | { readonly kind: "Backend"; readonly namespace: string; readonly name: string }
  /** No object: an address that is written out. */
  | { readonly kind: "Host"; readonly host: string; readonly port: number };

/** The key of a backend's endpoints. */
export function backendKey(id: BackendId): Key {
  if (id.kind === "Host") return `${id.kind}/${id.host}/${id.port}`;
  const object = `${id.kind}/${id.namespace}/${id.name}`;
  if (id.kind === "Backend") return object;
  return `${object}/${id.port}${id.routing === "service" ? "/service" : ""}${id.transport === "UDP" ? "/udp" : ""}`;
}

/** The backend that a key was made for. Throws a RangeError on other strings. */
export function parseBackendKey(key: Key): BackendId {
  const [kind, namespace, name, port, ...rest] = key.split("/");
  if (namespace !== undefined && name !== undefined) {
    if (kind === "Host") return { kind, host: namespace, port: Number(name) };
    if (kind === "Backend") return { kind, namespace, name };
    if (kind === "Service" || kind === "ServiceImport") {
      const routing = rest.includes("service") ? "service" : "endpoints";
      return { kind, namespace, name, port: Number(port), routing, ...(rest.includes("udp") && { transport: "UDP" }) };
    }
  }
  throw new RangeError(`${key} is not the key of a backend`);
}
