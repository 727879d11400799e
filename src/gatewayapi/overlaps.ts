/** Rules that never get a request because another rule has the same match on the same host and comes first. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import { matchOf } from "../ir/http-match.ts";
import type { HttpRoute, NamedMatch, RouteRule } from "../ir/xds.ts";

/** An entry of a route table that another one hides. Key: that of the entry. */
export interface Overlap {
  /** Key of the route: `httproute/<namespace>/<name>`. */
  readonly route: Key;
  /** Key of the listener in the IR. */
  readonly listener: Key;
  /** Position of the rule. */
  readonly rule: number;
  readonly message: string;
}

/** Derives the hidden entries. A match of a rule that repeats another match of that rule hides nothing. */
export function deriveOverlaps(graph: Graph, routes: Collection<HttpRoute>): Collection<Overlap> {
  const bySubject = graph.index("match", routes, (route) => (route.rule.action.type === "forward" ? [subjectOf(route)] : []));
  return graph.deriveMany("overlaps", graph.group("routes by match", bySubject), (_context, { members }) => {
    if (members.length < 2) return [];
    const [first, ...others] = [...members].sort(inOrder);
    return others.flatMap((hidden) =>
      first === undefined || isSameRule(first, hidden) ? [] : [[keyOf(hidden), tell(hidden, first)]],
    );
  });
}

/** What two entries must have in common for one to hide the other: listener, host and all that is matched. */
function subjectOf(route: HttpRoute): Key {
  const { path, headers, query, cookies = [] } = matchOf(route);
  const content = JSON.stringify([path.type, path.value, conditions(headers), conditions(query), conditions(cookies)]);
  return `${route.listener}|${route.hostname}|${content}`;
}

function conditions(matches: readonly NamedMatch[]): readonly string[] {
  return matches.map(({ name, match }) => JSON.stringify([name, match.type, match.value])).sort();
}

/** The order of entries with the same match: the older route first, then by name, then by place in the route (Gateway API). */
function inOrder(a: HttpRoute, b: HttpRoute): number {
  const [one, other] = [seniority(a), seniority(b)];
  if (one !== other) return one < other ? -1 : 1;
  return a.rule.id.index - b.rule.id.index || a.matchIndex - b.matchIndex;
}

function seniority({ createdAt, rule: { id } }: HttpRoute): string {
  return `${createdAt} ${id.namespace}/${id.name}`;
}

function isSameRule(a: HttpRoute, b: HttpRoute): boolean {
  return a.rule.id.index === b.rule.id.index && routeOf(a.rule) === routeOf(b.rule);
}

function routeOf({ id }: RouteRule): Key {
  return `${id.kind}/${id.namespace}/${id.name}`;
}

function keyOf({ listener, hostname, rule, matchIndex }: HttpRoute): Key {
  return `${listener}|${hostname}|${routeOf(rule)}/${rule.id.index}/${matchIndex}`;
}

function tell(hidden: HttpRoute, first: HttpRoute): Overlap {
  const { rule, hostname, listener } = hidden;
  const { id, source } = first.rule;
  const own = routeOf(first.rule) === routeOf(rule) ? "" : `${source.kind} ${id.namespace}/${id.name} `;
  const match = rule.matches.length > 1 ? ` matches[${hidden.matchIndex}]` : "";
  const message = `rules[${rule.id.index}]${match} gets no request for ${hostname}: ${own}rules[${id.index}] has the same match and comes first`;
  return { route: routeOf(rule), listener, rule: rule.id.index, message };
}
