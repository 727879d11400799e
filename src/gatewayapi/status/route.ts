import type { Collection, Graph, Index } from "../../graph/index.ts";
import { bounded, fails, failsForAll, holds, joinProblems, type PureCondition } from "../conditions.ts";
import type { Verdicts } from "../configuration.ts";
import { anyHost } from "../hostnames.ts";
import type { RuleTranslation } from "../http-rules.ts";
import { statusKey } from "../object-ref.ts";
import type { Overlap } from "../overlaps.ts";
import type { ObjectProblem, Problem, RuleProblem } from "../problem.ts";
import { reasons } from "../reasons.ts";
import type { ParentVerdict } from "../route-parents.ts";
import type { StreamRemark } from "../stream-routes.ts";
import type { ObjectStatus } from "./object-status.ts";

/** Derives the statuses of routes, one entry for each parent that is ours. `problems` is indexed by `statusKey`. */
export function deriveRouteStatuses(
  graph: Graph,
  { routeParents, routeRules, overlaps, streamRemarks, options }: Verdicts,
  problems: Index<ObjectProblem>,
): Collection<ObjectStatus> {
  const rulesByRoute = graph.index("route of any routing", routeRules, ({ route }) => [route]);
  const overlapsByRoute = graph.index("route", overlaps, ({ route }) => [route]);
  const remarksByRoute = graph.index("route", streamRemarks, ({ route }) => [route]);
  return graph.deriveMany("status of routes", routeParents, (context, { route, kind, namespace, name, parents }) => {
    const object = { kind, namespace, name };
    const found = context.list(problems, statusKey(object));
    const rules = context.list(rulesByRoute, route);
    const hidden = context.list(overlapsByRoute, route);
    const remarks = context.list(remarksByRoute, route);
    const status = {
      parents: parents.map((parent) => ({
        parentRef: parent.reference,
        controllerName: options.controllerName,
        conditions: [
          ...parentConditions(
            parent,
            rules.filter(({ routing }) => routing === parent.routing),
            found,
            remarks,
          ),
          ...overlapping(parent, hidden),
        ],
      })),
    };
    return [[statusKey(object), { object, status }] as const];
  });
}

function parentConditions(
  { problem, attachments }: ParentVerdict,
  rules: readonly RuleTranslation[],
  later: readonly ObjectProblem[],
  remarks: readonly StreamRemark[],
): readonly PureCondition[] {
  const here = remarks.filter(({ listener }) => attachments.some(({ irListener }) => irListener === listener));
  const problems = here.flatMap((remark) => remark.problem ?? []);
  const all = problems.length === 0 ? rules : rules.map((rule) => ({ ...rule, problems: [...rule.problems, ...problems] }));
  return [
    ...acceptance(problem, rules, later).map((condition) => withRemarks(condition, here)),
    ...ofType(all, "ResolvedRefs", holds("ResolvedRefs", reasons.ResolvedRefs, "All that the route refers to is there")),
    ...ofType(rules, "BackendsAvailable"),
  ];
}

/** Says in `Accepted` what other routes get of the traffic that the route asks for. */
function withRemarks(condition: PureCondition, remarks: readonly StreamRemark[]): PureCondition {
  if (condition.type !== "Accepted" || condition.status !== "True") return condition;
  const told = remarks.flatMap(({ listener, outranked }) => {
    if (outranked === undefined) return [];
    const { hostnames, by } = outranked;
    const what = hostnames.includes(anyHost) ? "its traffic" : `the traffic for ${hostnames.join(", ")}`;
    return [`at ${listener.slice(listener.indexOf("|") + 1)}, ${what} goes to ${by.join(", ")}, which is older`];
  });
  return told.length === 0 ? condition : { ...condition, message: bounded(`${condition.message}, but ${told.join("; ")}`) };
}

/** Tells the rules that get no requests at the parent's listeners. */
function overlapping({ attachments }: ParentVerdict, hidden: readonly Overlap[]): readonly PureCondition[] {
  const listeners = new Set(attachments.map(({ irListener }) => irListener));
  const here = hidden.filter(({ listener }) => listeners.has(listener)).sort((a, b) => a.rule - b.rule);
  if (here.length === 0) return [];
  const { reason, message } = joinProblems(here.map((overlap) => ({ ...overlap, reason: reasons.RouteRulesOverlap })));
  return [holds("RouteRulesOverlap", reason, bounded(message))];
}

/** A route whose rules are partly good is accepted; the others are told in a condition of their own. */
function acceptance(
  problem: Problem | undefined,
  rules: readonly RuleTranslation[],
  later: readonly ObjectProblem[],
): readonly PureCondition[] {
  const accepted =
    problem === undefined ? holds("Accepted", reasons.Accepted, "The route is attached") : fails("Accepted", problem);
  const ofWhole = later.filter(({ object, rule }) => object.sectionName === undefined && rule === undefined);
  if (problem === undefined && ofWhole.length > 0) return [failsForAll("Accepted", ofWhole)];
  const bad = new Map<string, readonly Problem[]>();
  for (const { index, problems } of [...rules].sort((a, b) => a.index - b.index)) {
    const own = ofCondition(problems, "Accepted");
    if (own.length > 0) bad.set(`[${index}]`, own);
  }
  for (const { object, rule, ...rest } of later) {
    const at = rule === undefined ? object.sectionName : `[${rule}]`;
    if (at !== undefined) bad.set(at, [rest]);
  }
  if (bad.size === 0) return [accepted];
  const all = joinProblems([...bad.values()].flat());
  if (bad.size >= rules.length) return [problem === undefined ? fails("Accepted", all) : accepted];
  const message = `Dropped Rule(s) ${[...bad.keys()].join(", ")}: ${all.message}`;
  return [accepted, holds("PartiallyInvalid", all.reason, bounded(message))];
}

function ofType(
  rules: readonly RuleTranslation[],
  type: RuleProblem["condition"],
  otherwise?: PureCondition,
): readonly PureCondition[] {
  const found = [...rules].sort((a, b) => a.index - b.index).flatMap(({ problems }) => ofCondition(problems, type));
  if (found.length > 0) return [failsForAll(type, found)];
  return otherwise === undefined ? [] : [otherwise];
}

function ofCondition(problems: readonly RuleProblem[], type: RuleProblem["condition"]): readonly RuleProblem[] {
  return problems.filter(({ condition }) => condition === type);
}
