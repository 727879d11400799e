import type { ClientTrafficPolicy } from "../../api/envoy/client-traffic-policy.ts";
import type { Collection, Context, Graph } from "../../graph/index.ts";
import type { ListenerRemarks } from "../client-policies.ts";
import { fails, holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import type { PolicyWarning } from "../listener-field.ts";
import { claimKey } from "../listener-policies.ts";
import { statusKey } from "../object-ref.ts";
import type { ClaimedTarget } from "../policy-claims.ts";
import { policyTargets } from "../policy-targets.ts";
import { reasons } from "../reasons.ts";
import {
  accepted,
  ancestorOf,
  attachmentProblem,
  isOurs,
  overridden,
  overriddenBy,
  type PolicyStandings,
} from "./listener-policy.ts";
import type { ObjectStatus } from "./object-status.ts";
import { type AncestorVerdict, policyStatus } from "./policy.ts";

/** Derives the statuses of the ClientTrafficPolicies that are attached to our Gateways and their ListenerSets. The others have none. */
export function deriveClientTrafficPolicyStatuses(graph: Graph, verdicts: Verdicts): Collection<ObjectStatus> {
  const { objects, options, clientPolicies } = verdicts;
  const { claims, applied, remarks, targetSources } = clientPolicies;
  const standings: PolicyStandings = {
    kind: "ClientTrafficPolicy",
    claims,
    overrides: graph.index("overridden", applied, overriddenBy),
  };
  const byClaim = graph.index("claim", remarks, ({ claim }) => [claim]);
  return graph.deriveMany("status of client traffic policies", objects.ClientTrafficPolicy, (context, policy, key) => {
    const deprecated = deprecatedFields(policy);
    const verdictAt = (target: ClaimedTarget): AncestorVerdict => {
      const found = context.list(byClaim, claimKey(key, target));
      const problem = attachmentProblem(context, verdicts, key, target, standings);
      const conditions = problem === undefined ? effect(context, target, found, standings) : [fails("Accepted", problem)];
      return { ancestor: ancestorOf(target), conditions: [...conditions, ...warned([...warningsOf(found), ...deprecated])] };
    };
    const targets = policyTargets(context, policy, targetSources).filter((target) => isOurs(context, verdicts, target));
    const status = policyStatus(options.controllerName, targets.map(verdictAt));
    if (status === undefined) return [];
    const object = { kind: policy.kind, namespace: policy.metadata.namespace, name: policy.metadata.name };
    return [[statusKey(object), { object, status }] as const];
  });
}

function effect(
  context: Context,
  target: ClaimedTarget,
  found: readonly ListenerRemarks[],
  standings: PolicyStandings,
): readonly PureCondition[] {
  return [...overridden(context, target, standings), accepted(found.flatMap(({ mistakes }) => mistakes))];
}

function warningsOf(found: readonly ListenerRemarks[]): readonly PolicyWarning[] {
  return found.flatMap(({ warnings }) => warnings);
}

/** One condition for all warnings. */
function warned(warnings: readonly PolicyWarning[]): readonly PureCondition[] {
  const [first] = warnings;
  if (first === undefined) return [];
  const alike = warnings.every(({ reason }) => reason === first.reason);
  const messages = [...new Set(warnings.map(({ message }) => message))];
  return [holds("Warning", alike ? first.reason : reasons.Warnings, messages.join("\n"))];
}

function deprecatedFields({ spec }: ClientTrafficPolicy): readonly PolicyWarning[] {
  const { targetRef, enableProxyProtocol, headers, tls } = spec;
  const instead: readonly (readonly [used: boolean, field: string, other: string])[] = [
    [targetRef !== undefined, "spec.targetRef", "spec.targetRefs"],
    [enableProxyProtocol !== undefined, "spec.enableProxyProtocol", "spec.proxyProtocol"],
    [headers?.preserveXRequestID !== undefined, "spec.headers.preserveXRequestID", "spec.headers.requestID"],
    [tls?.clientValidation?.optional === true, "spec.tls.clientValidation.optional", "spec.tls.clientValidation.mode"],
  ];
  return instead.flatMap(([used, field, other]) =>
    used ? [{ reason: "DeprecatedField" as const, message: `${field} is deprecated and will go away; use ${other}` }] : [],
  );
}
