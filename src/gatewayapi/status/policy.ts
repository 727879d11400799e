/** What statuses of policies of all kinds have in common. Source: gateway-api v1.6, policy_types.go (PolicyStatus). */
import type { ParentReference } from "../../api/gateway/references.ts";
import type { Key } from "../../graph/index.ts";
import { ancestorKey } from "../backend-ancestors.ts";
import { holds, type PureCondition } from "../conditions.ts";
import { reasons } from "../reasons.ts";
import type { AncestorStatusBody } from "./object-status.ts";

/** What is said about a policy in view of one ancestor. */
export interface AncestorVerdict {
  readonly ancestor: ParentReference;
  readonly conditions: readonly PureCondition[];
}

/** The most ancestors that a status may hold. */
const mostAncestors = 16;

/**
 * The status of a policy: ancestors in order, as many as a status may hold; the last one says when there are more. Undefined for a
 * policy that is in effect nowhere. Only our own entries are in it: whoever writes it keeps those of other controllers.
 */
export function policyStatus(controllerName: string, verdicts: Iterable<AncestorVerdict>): AncestorStatusBody | undefined {
  const ordered = [...verdicts].map((verdict): readonly [Key, AncestorVerdict] => [ancestorKey(verdict.ancestor), verdict]);
  ordered.sort(([a], [b]) => (a < b ? -1 : 1));
  if (ordered.length === 0) return undefined;
  const ancestors = ordered.slice(0, mostAncestors).map(([, { ancestor, conditions }], index) => {
    const more = index === mostAncestors - 1 && ordered.length > mostAncestors;
    return {
      ancestorRef: ancestor,
      controllerName,
      conditions: more ? [...conditions, aggregated(ordered.length)] : conditions,
    };
  });
  return { ancestors };
}

function aggregated(count: number): PureCondition {
  const message = `Only the first ${mostAncestors} of ${count} ancestors are told: a status holds no more`;
  return holds("Aggregated", reasons.Aggregated, message);
}
