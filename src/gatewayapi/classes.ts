/** The GatewayClasses that are ours. Source: gateway-api v1.6, gatewayclass_types.go. */
import type { GatewayClass } from "../api/gateway/gateway-class.ts";
import type { Collection, Graph, Key } from "../graph/index.ts";
import { objectKey } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { Problem } from "./problem.ts";
import { reasons } from "./reasons.ts";

/** Group and kind of the only parameters that GatewayClasses and Gateways take. */
export const parametersKind = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy" } as const;

/** A GatewayClass of this controller. Key: its name. */
export interface OwnClass {
  readonly name: string;
  /** The EnvoyProxy with the parameters of the class. */
  readonly parameters?: Key;
  /** Why the class is not accepted. */
  readonly problem?: Problem;
}

/** Derives the classes with our controller name. */
export function deriveClasses(graph: Graph, objects: Objects, options: TranslationOptions): Collection<OwnClass> {
  return graph.derive("classes", objects.GatewayClass, (context, item) => {
    if (item.spec.controllerName !== options.controllerName) return undefined;
    const { name } = item.metadata;
    const reference = readParametersRef(item);
    if (reference === undefined) return { name };
    if (typeof reference !== "string") return { name, problem: reference };
    if (context.get(objects.EnvoyProxy, reference) !== undefined) return { name, parameters: reference };
    const message = `spec.parametersRef: EnvoyProxy ${reference} does not exist; create it or correct the reference`;
    return { name, parameters: reference, problem: { reason: reasons.InvalidParameters, message } };
  });
}

function readParametersRef(item: GatewayClass): Key | Problem | undefined {
  const reference = item.spec.parametersRef;
  if (reference === undefined) return undefined;
  if (reference.group !== parametersKind.group || reference.kind !== parametersKind.kind) {
    const message = `spec.parametersRef: ${reference.kind} in group "${reference.group}" is not supported; use an EnvoyProxy in group ${parametersKind.group}`;
    return { reason: reasons.InvalidParameters, message };
  }
  if (reference.namespace === undefined) {
    const message = "spec.parametersRef.namespace is missing; EnvoyProxies live in namespaces";
    return { reason: reasons.InvalidParameters, message };
  }
  return objectKey({ namespace: reference.namespace, name: reference.name });
}
