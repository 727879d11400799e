/**
 * The fleets of Gateways that are there, but that this version cannot read: somebody else's definitions let something pass that it does not
 * know. Such fleets are none that it may stop.
 */
import type { Collection, Graph } from "../graph/index.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import type { Objects } from "./objects.ts";

/** Adds to the fleets that shall run those that are left as they are. `unreadable`: why, by the `statusKey` of the object. */
export function addHeldFleets(
  graph: Graph,
  objects: Pick<Objects, "Gateway">,
  infra: Collection<ProxyInfra>,
  unreadable: Collection<string>,
): Collection<ProxyInfra> {
  const byClass = graph.index("class", objects.Gateway, ({ spec }) => [spec.gatewayClassName]);
  const claims = graph.deriveMany("fleets of unreadable objects", unreadable, (context, why, key) => {
    const [kind, namespace = "", name = ""] = key.split("/");
    const own = kind === "Gateway" ? heldOf(namespace, name, why) : heldOfClass(name, why);
    const ofClass = kind === "GatewayClass" ? context.list(byClass, name) : [];
    return [own, ...ofClass.map(({ metadata }) => heldOf(metadata.namespace, metadata.name, why))].map(
      (held) => [`${key}|${held.scope}`, held] as const,
    );
  });
  const byScope = graph.index("scope of held", claims, ({ scope }) => [scope]);
  const held = graph.derive("held fleets", graph.group("held by scope", byScope), (context, { key: scope, members }) =>
    context.get(infra, scope) === undefined ? members[0] : undefined,
  );
  return graph.union("infra with held fleets", [infra, held]);
}

function heldOf(namespace: string, name: string, why: string): ProxyInfra {
  return { ...nothing, scope: `${namespace}/${name}`, owner: { kind: "Gateway", namespace, name }, unresolved: why };
}

function heldOfClass(name: string, why: string): ProxyInfra {
  return { ...nothing, scope: name, owner: { kind: "GatewayClass", namespace: "", name }, unresolved: why };
}

const nothing = {
  gatewayClass: { name: "" },
  listeners: [],
  addresses: [],
  labels: {},
  annotations: {},
  proxy: undefined,
} as const;
