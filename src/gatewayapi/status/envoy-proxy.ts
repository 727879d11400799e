import type { EnvoyProxy } from "../../api/envoy/envoy-proxy.ts";
import { envoyProxySupport } from "../../api/envoy/envoy-proxy-support.ts";
import { gatewayGroup } from "../../api/gateway/names.ts";
import type { Collection, Graph, Index } from "../../graph/index.ts";
import { holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { statusKey } from "../object-ref.ts";
import type { TranslationOptions } from "../options.ts";
import type { ObjectProblem } from "../problem.ts";
import { ownParametersKey } from "../proxy-parameters.ts";
import { reasons } from "../reasons.ts";
import type { AncestorReference, ObjectStatus } from "./object-status.ts";

/** Derives the statuses of the EnvoyProxies that our GatewayClasses and Gateways use. `found` is indexed by `statusKey`. */
export function deriveEnvoyProxyStatuses(
  graph: Graph,
  verdicts: Verdicts,
  found: Index<ObjectProblem>,
): Collection<ObjectStatus> {
  const { objects, options, classes, gateways, fleetFeatures } = verdicts;
  const classesByProxy = graph.index("parameters", classes, ({ parameters }) => (parameters === undefined ? [] : [parameters]));
  // A Gateway that shares its proxies uses the parameters of its class, whatever it names itself.
  const naming = graph.derive("gateways with parameters", gateways, (context, { key, merged }) => {
    const gateway = context.get(objects.Gateway, key);
    return gateway === undefined || merged ? undefined : { metadata: gateway.metadata, proxy: ownParametersKey(gateway) };
  });
  const gatewaysByProxy = graph.index("parameters", naming, ({ proxy }) => (proxy === undefined ? [] : [proxy]));
  const featuresByProxy = graph.index("parameters", fleetFeatures, ({ source }) => [statusKey(source)]);
  return graph.deriveMany("status of envoy proxies", objects.EnvoyProxy, (context, proxy, key) => {
    const references: readonly AncestorReference[] = [
      ...context.list(classesByProxy, key).map(({ name }) => ({ group: gatewayGroup, kind: "GatewayClass", name })),
      ...context
        .list(gatewaysByProxy, key)
        .map(({ metadata: { namespace, name } }) => ({ group: gatewayGroup, kind: "Gateway", namespace, name })),
    ];
    if (references.length === 0) return [];
    const object = { kind: "EnvoyProxy", namespace: proxy.metadata.namespace, name: proxy.metadata.name };
    const own = context.list(featuresByProxy, statusKey(object)).flatMap((features) => features.problems);
    const problems = [...own, ...context.list(found, statusKey(object))];
    const conditions = [accepted(proxy, [...new Set(problems.map(({ message }) => message))], options)];
    const ancestors = references.map((ancestorRef) => ({ ancestorRef, conditions }));
    return [[statusKey(object), { object, status: { ancestors } }] as const];
  });
}

function accepted({ spec }: EnvoyProxy, mistakes: readonly string[], { hostInfrastructure }: TranslationOptions): PureCondition {
  const unbuilt = envoyProxySupport(spec, hostInfrastructure ? "Host" : "Kubernetes");
  // The object is valid; that it asks for too much is the condition of the Gateways that use it.
  const except = unbuilt.length === 0 ? "" : `, except what is not built yet in this version: ${unbuilt.join(", ")}`;
  return holds(
    "Accepted",
    reasons.Accepted,
    `The EnvoyProxy is in use${except}${mistakes.map((mistake) => `; ${mistake}`).join("")}`,
  );
}
