/** The statuses of ListenerSets. Source: gateway-api v1.6, listenerset_types.go (ListenerSetStatus, ListenerEntryStatus). */
import type { Collection, Graph, Index, Key } from "../../graph/index.ts";
import { fails, failsForAll, holds, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import type { ListenerVerdict } from "../listener-verdicts.ts";
import { statusKey } from "../object-ref.ts";
import type { ObjectProblem, Problem } from "../problem.ts";
import { reasons } from "../reasons.ts";
import { isValid, listenerStatus } from "./listener.ts";
import type { ListenerStatusBody, ObjectStatus } from "./object-status.ts";

/** Derives the statuses of ListenerSets that name one of our Gateways. `problems` is indexed by `statusKey`. */
export function deriveListenerSetStatuses(
  graph: Graph,
  { listenerSets, attachedRoutes }: Verdicts,
  byParent: Index<ListenerVerdict>,
  problems: Index<ObjectProblem>,
): Collection<ObjectStatus> {
  return graph.deriveMany("status of listener sets", listenerSets, (context, { problem }, key) => {
    const [namespace = "", name = ""] = key.split("/");
    const object = { kind: "ListenerSet", namespace, name };
    const at = statusKey(object);
    if (problem !== undefined) return [[at, { object, status: { conditions: refusal(problem) } }] as const];
    const verdicts = inPlace(context.list(byParent, at));
    const found = context.list(problems, at);
    const ofWhole = found.filter((each) => each.object.sectionName === undefined);
    const status = {
      conditions: [accepted(verdicts), programmed(verdicts, ofWhole)],
      listeners: verdicts.map((verdict) => {
        const rejections = found.filter((each) => each.object.sectionName === verdict.name);
        return asEntry(verdict, listenerStatus(verdict, context.get(attachedRoutes, verdict.key) ?? 0, rejections));
      }),
    };
    return [[at, { object, status }] as const];
  });
}

/** Derives how many ListenerSets each Gateway has that are accepted. Key: the Gateway's; absent for none. */
export function deriveAttachedSets(
  graph: Graph,
  { listenerSets }: Verdicts,
  byParent: Index<ListenerVerdict>,
): Collection<number> {
  const accepted = graph.derive("accepted listener sets", listenerSets, (context, { gateway, attached }, key) =>
    attached !== undefined && context.list(byParent, `ListenerSet/${key}`).some(isValid) ? gateway : undefined,
  );
  const byGateway = graph.index("gateway", accepted, (gateway: Key) => [gateway]);
  return graph.aggregate("attached listener sets", byGateway, {
    zero: 0,
    add: (count) => count + 1,
    remove: (count) => count - 1,
  });
}

function inPlace(verdicts: readonly ListenerVerdict[]): readonly ListenerVerdict[] {
  return [...verdicts].sort((a, b) => a.index - b.index);
}

function refusal(problem: Problem): readonly PureCondition[] {
  const reason = problem.reason === reasons.ParentNotAccepted ? reasons.ParentNotProgrammed : problem.reason;
  const message = "the ListenerSet is not accepted, so nothing is configured for it";
  return [fails("Accepted", problem), fails("Programmed", { reason, message })];
}

function accepted(verdicts: readonly ListenerVerdict[]): PureCondition {
  const invalid = verdicts.filter((verdict) => !isValid(verdict)).map(({ name }) => name);
  if (invalid.length === 0) return holds("Accepted", reasons.Accepted, "The ListenerSet and all its listeners are valid");
  const message = `not valid: ${invalid.join(", ")}; the conditions of the listeners say why`;
  if (invalid.length < verdicts.length) return holds("Accepted", reasons.ListenersNotValid, message);
  return fails("Accepted", { reason: reasons.ListenersNotValid, message });
}

function programmed(verdicts: readonly ListenerVerdict[], problems: readonly Problem[]): PureCondition {
  if (problems.length > 0) return failsForAll("Programmed", problems);
  const idle = verdicts.filter(({ ready }) => !ready).map(({ name }) => name);
  if (idle.length === 0) {
    return holds("Programmed", reasons.Programmed, "All listeners are part of the configuration of the proxies");
  }
  const message = `without traffic: ${idle.join(", ")}; the conditions of the listeners say why`;
  if (idle.length < verdicts.length) return holds("Programmed", reasons.Programmed, message);
  return fails("Programmed", { reason: reasons.ListenersNotValid, message });
}

/** Listeners of ListenerSets tell conflicts in more conditions than those of Gateways, and have a reason of their own. */
function asEntry({ conflict, ready }: ListenerVerdict, status: ListenerStatusBody): ListenerStatusBody {
  const conditions = status.conditions.map((condition) => {
    if (condition.type !== "Programmed" || condition.status === "True") return condition;
    if (conflict !== undefined) return fails("Programmed", conflict);
    return { ...condition, reason: condition.reason === reasons.Invalid ? reasons.ListenersNotValid : condition.reason };
  });
  if (conflict !== undefined) return { ...status, conditions: [...conditions, fails("Accepted", conflict)] };
  if (!ready) return { ...status, conditions };
  return { ...status, conditions: [...conditions, fails("Conflicted", noConflicts)] };
}

const noConflicts: Problem = { reason: reasons.NoConflicts, message: "The listener can be told apart from all others" };
