import type { ObjectProblem, Problem } from "../../gatewayapi/problem.ts";
import type { Collection, Graph, Key } from "../../graph/index.ts";
import type { SyncRejection, SyncReport } from "../../ir/infra.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import { typeUrls, type XdsResource, type XdsType } from "../resource.ts";
import { resourceKey } from "./checked.ts";
import { inBrief, reasonAt } from "./refused-pieces.ts";

/**
 * Derives what proxies refuse as a whole, as problems of the objects that it was made from. A RouteConfiguration in which nothing
 * could be found to be wrong is nobody's fault among its many routes: it is told in the status of the Gateway alone.
 */
export function deriveRefusedResources(
  graph: Graph,
  reports: Collection<SyncReport>,
  resources: Collection<XdsResource>,
): Collection<ObjectProblem> {
  return graph.deriveMany("refused resources", reports, (context, { scope, rejections }) => {
    const problems = new Map<Key, ObjectProblem>();
    for (const rejection of rejections) {
      const { typeUrl, resources: names } = rejection;
      const type = typeOf(typeUrl);
      if (type === undefined || type === "RouteConfiguration") continue;
      for (const name of names) {
        const key = resourceKey({ scope, type, name });
        for (const source of context.get(resources, key)?.sources ?? []) {
          const problem = problemOf(source, `the ${type} ${name}`, rejection);
          if (problem !== undefined) problems.set(`${objectPart(source)}|${key}`, { object: source, ...problem, scope });
        }
      }
    }
    return [...problems];
  });
}

/** An address is a matter of whose listeners have it, and of nobody who brings something to them. */
function problemOf(source: ObjectRef, what: string, { message, unbound }: SyncRejection): Problem | undefined {
  if (unbound !== true) {
    const told = `Envoy refused ${what} and goes on with what it had: ${inBrief(message)}`;
    return { reason: reasonAt(source), message: told };
  }
  if (source.kind !== "Gateway" && source.kind !== "ListenerSet") return undefined;
  return { reason: "Pending", message: `Envoy tries again until it can listen: ${inBrief(message)}` };
}

function objectPart({ kind, namespace, name, sectionName = "" }: ObjectRef): string {
  return `${kind}/${namespace}/${name}/${sectionName}`;
}

function typeOf(typeUrl: string): XdsType | undefined {
  return (Object.keys(typeUrls) as XdsType[]).find((type) => typeUrls[type] === typeUrl);
}
