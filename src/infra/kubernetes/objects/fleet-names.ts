/** How the objects of a fleet are called. Source: Envoy Gateway v1.9, internal/infrastructure/kubernetes. */
import { createHash } from "node:crypto";
import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ScopeKey } from "../../../ir/reference.ts";
import type { ClusterSite } from "./cluster-site.ts";

/** Where the objects of a fleet are, and how they are called where the EnvoyProxy does not say. */
export interface FleetNames {
  readonly namespace: string;
  readonly name: string;
}

/** The most characters of a scope that stay in a name. */
const mostOfScope = 48;

/** The names of a fleet: its own in the namespace of the controller, the Gateway's in that of the Gateway. */
export function fleetNames({ scope, owner }: Pick<ProxyInfra, "scope" | "owner">, site: ClusterSite): FleetNames {
  if (inGatewayNamespace(owner, site)) return { namespace: owner.namespace, name: owner.name };
  return { namespace: site.controllerNamespace, name: `envoy-${shortened(scope)}` };
}

/** Whether the fleet runs beside its Gateway. A fleet of several Gateways has no namespace of its own. */
export function inGatewayNamespace({ kind }: ProxyInfra["owner"], { deploy }: ClusterSite): boolean {
  return deploy === "GatewayNamespace" && kind === "Gateway";
}

/** The scope as a DNS label, with a digest: two scopes never share one. */
function shortened(scope: ScopeKey): string {
  const digest = createHash("sha256").update(scope).digest("hex").slice(0, 8);
  const readable = scope.replaceAll("/", "-").slice(0, mostOfScope).replace(/-+$/, "");
  return `${readable}-${digest}`;
}
