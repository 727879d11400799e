import { fails, failsForAll, holds, type PureCondition } from "../conditions.ts";
import type { ListenerVerdict } from "../listener-verdicts.ts";
import type { ListenerProblem, Problem } from "../problem.ts";
import { reasons } from "../reasons.ts";
import type { ListenerStatusBody } from "./object-status.ts";

/**
 * The status of a listener. `rejections` are problems that were found after translation, by encoding or by a proxy.
 * As the Gateway API has it, `Programmed` means that configuration was made which will be ready soon; whether proxies have
 * taken it is said by the Gateway's own `Programmed`.
 */
export function listenerStatus(
  verdict: ListenerVerdict,
  attachedRoutes: number,
  rejections: readonly Problem[],
): ListenerStatusBody {
  const { name, supportedKinds } = verdict;
  return { name, supportedKinds, attachedRoutes, conditions: listenerConditions(verdict, rejections) };
}

function listenerConditions(verdict: ListenerVerdict, rejections: readonly Problem[]): readonly PureCondition[] {
  const { certificates, clientValidation, overlap } = verdict;
  const accepted = holds("Accepted", reasons.Accepted, "The listener is valid");
  if (!verdict.ready) return refusal(verdict, accepted);
  const programmed =
    rejections.length === 0
      ? holds("Programmed", reasons.Programmed, "The listener is part of the configuration of the proxies")
      : failsForAll("Programmed", rejections);
  const unresolved = [certificates?.problem, clientValidation?.problem].filter((problem) => problem !== undefined);
  const resolved = unresolved.length === 0 ? allResolved : failsForAll("ResolvedRefs", unresolved);
  if (overlap === undefined) return [accepted, programmed, resolved];
  return [accepted, programmed, resolved, holds("OverlappingTLSConfig", overlap.reason, overlap.message)];
}

const allResolved = holds("ResolvedRefs", reasons.ResolvedRefs, "All that the listener refers to is there");

/** Why a listener takes no traffic. That it is valid is said only where it is just its certificates that are not there or no good. */
function refusal({ problems, conflict, certificates }: ListenerVerdict, accepted: PureCondition): readonly PureCondition[] {
  const missing: readonly ListenerProblem[] =
    certificates?.problem === undefined ? [] : [{ condition: "ResolvedRefs", ...certificates.problem }];
  const all = [...problems, ...missing];
  const found = (["Accepted", "ResolvedRefs", "Programmed"] as const).flatMap((type) => {
    const own = all.filter(({ condition }) => condition === type);
    return own.length === 0 ? [] : [failsForAll(type, own)];
  });
  if (conflict !== undefined) found.push({ type: "Conflicted", status: "True", ...conflict });
  const has = (type: string) => found.some((condition) => condition.type === type);
  if (!has("Programmed")) {
    const told = found.map((condition) => condition.type).join(" and ");
    found.push(
      fails("Programmed", { reason: reasons.Invalid, message: `The listener takes no traffic; condition ${told} says why` }),
    );
  }
  if (!has("ResolvedRefs")) found.push(allResolved);
  const valid = problems.length === 0 && conflict === undefined && certificates?.problem?.reason !== reasons.RefNotPermitted;
  return valid ? [accepted, ...found] : found;
}
