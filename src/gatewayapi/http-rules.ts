/** The rules of HTTPRoutes and GRPCRoutes. They read no listeners: where a rule is attached changes nothing in it. */
import type { HTTPBackendRef } from "../api/gateway/http-route.ts";
import { gatewayGroup } from "../api/gateway/names.ts";
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import { dynamicResolverSlot } from "../ir/dynamic-resolver.ts";
import { joinParts, noParts, type Parts } from "../ir/slot.ts";
import type { HttpMatch, RouteRule, StreamRule } from "../ir/xds.ts";
import { type BackendSources, type Resolution, resolveBackend } from "./backend-refs.ts";
import { mirrorCluster, nameClusters } from "./clusters.ts";
import { translateFilters } from "./filters.ts";
import { resolveHeaderSecret, type SecretFacts } from "./generic-secrets.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import type { Referrer } from "./references.ts";
import type { FilterSite } from "./route-filter.ts";
import { type RouteObject, routeKey } from "./route-kinds.ts";
import { routingsOf } from "./route-routing.ts";
import type { Routing } from "./routing.ts";
import { grpcDialect, httpDialect, type RequestRule, type RuleDialect } from "./rule-dialects.ts";
import { translateRuleFields } from "./rule-fields.ts";
import { type BackendShare, planRule, type RulePlan } from "./rule-plan.ts";

/** What a rule of a route comes to, for Gateways with one routing. Key: see `ruleKey`. */
export interface RuleTranslation {
  /** Key of the route: see `routeKey`. */
  readonly route: Key;
  readonly routing: Routing;
  readonly index: number;
  /** Absent when the rule is dropped because its matches cannot be. */
  readonly rule?: RouteRule;
  /** What the rule of a route for connections or datagrams comes to, where it is served. */
  readonly stream?: StreamRule;
  readonly clusters: readonly PlannedCluster[];
  readonly problems: readonly RuleProblem[];
}

/** Key of a rule: `<kind>/<namespace>/<name>/<index>`, with the routing of its Gateways at the end where that is not the usual one. */
export function ruleKey(route: Key, index: number, routing: Routing): Key {
  return `${route}/${index}${routing === "endpoints" ? "" : `/${routing}`}`;
}

/** What rules are translated with. */
export interface RuleSources extends BackendSources {
  readonly secretFacts: Collection<SecretFacts>;
  readonly routings: Collection<readonly Routing[]>;
}

/** The sources of rules, with the objects that filters may name. */
interface RuleWorld extends RuleSources {
  readonly objects: Pick<Objects, "HTTPRouteFilter" | "ConfigMap">;
}

/** Derives the rules of all routes for requests that name one of our Gateways, once for each routing of those Gateways. */
export function deriveHttpRules(
  graph: Graph,
  objects: Objects,
  sources: RuleSources,
  options: TranslationOptions,
): Collection<RuleTranslation> {
  const world = { ...sources, objects };
  return graph.union("rules for requests", [
    deriveRulesOfKind(graph, objects.HTTPRoute, httpDialect, world, options),
    deriveRulesOfKind(graph, objects.GRPCRoute, grpcDialect(options.compatible === true), world, options),
  ]);
}

function deriveRulesOfKind<Rule extends RequestRule>(
  graph: Graph,
  routes: Collection<RequestRoute<Rule>>,
  dialect: RuleDialect<Rule>,
  sources: RuleWorld,
  options: TranslationOptions,
): Collection<RuleTranslation> {
  return graph.deriveMany(`rules of ${dialect.kind}s`, routes, (context, route, key) => {
    const { parentRefs = [], rules = [] } = route.spec;
    const routings = routingsOf(context, parentRefs, route.metadata.namespace, sources.routings);
    return routings.flatMap((routing) => {
      const site = { context, route, routing, dialect, sources, options };
      const drafts = rules.map((rule, index) => draftRule(rule, index, site));
      const named = nameClusters(drafts, options.naming);
      return drafts.map((draft, index): readonly [Key, RuleTranslation] => {
        const { action, clusters } = named[index] ?? unreachable();
        const { id, source, matches, parts, problems } = draft;
        const base = { route: routeKey(dialect.kind, key), routing, index, clusters: [...clusters, ...draft.mirrors], problems };
        const translation = matches === undefined ? base : { ...base, rule: { id, source, action, matches, parts } };
        return [ruleKey(base.route, index, routing), translation];
      });
    });
  });
}

/** A route of a kind whose rules are for requests. */
interface RequestRoute<Rule extends RequestRule> extends RouteObject {
  readonly spec: Omit<RouteObject["spec"], "rules"> & { readonly rules?: readonly Rule[] };
}

/** What a rule is translated in. */
interface RuleSite<Rule extends RequestRule> {
  readonly context: Context;
  readonly route: RouteObject;
  readonly routing: Routing;
  readonly dialect: RuleDialect<Rule>;
  readonly sources: RuleWorld;
  readonly options: TranslationOptions;
}

/** A rule before its clusters have names. */
interface RuleDraft {
  readonly id: RouteRule["id"];
  readonly source: RouteRule["source"];
  readonly matches?: readonly HttpMatch[];
  readonly parts: Parts;
  readonly plan: RulePlan;
  /** The clusters of its filters. */
  readonly mirrors: readonly PlannedCluster[];
  readonly problems: readonly RuleProblem[];
}

function draftRule<Rule extends RequestRule>(rule: Rule, index: number, site: RuleSite<Rule>): RuleDraft {
  const { route, dialect, options } = site;
  const { namespace, name } = route.metadata;
  const kind = dialect.kind.toLowerCase();
  const identity = {
    id: { kind, namespace, name, index, ...(rule.name === undefined ? {} : { ruleName: rule.name }) },
    source: refOf(route, rule.name),
  };
  const found = dialect.translateMatches(rule);
  if ("mistake" in found) {
    const problem = at(index, { condition: "Accepted", reason: reasons.UnsupportedValue, message: found.mistake });
    return { ...identity, parts: noParts, plan: failure("invalid matches"), mirrors: [], problems: [problem] };
  }
  const filterSite = (filterIndex: number): FilterSite => ({
    place: "rule",
    routeKind: dialect.kind,
    matches: found.matches,
    ...objectsNear(site),
    mirrorCluster: (reference) => {
      const resolution = resolve(reference, site);
      if ("problem" in resolution) return resolution;
      if (resolution.backend.dynamic) return { problem: copiesToAnyHost };
      return { cluster: mirrorCluster(identity, filterIndex, resolution.backend, options.naming) };
    },
    goesAnywhere: () =>
      (rule.backendRefs ?? []).some((reference) => {
        const resolution = resolve(reference, site);
        return "backend" in resolution && resolution.backend.dynamic;
      }),
  });
  const filtered = translateFilters(rule.filters ?? [], filterSite, options.routeFilters, options.extensionFields);
  const { matches = found.matches } = filtered;
  const shares = (rule.backendRefs ?? []).map((reference, i) => shareOf(reference, i, matches, site));
  const featured = translateRuleFields(rule, filtered.parts, options.ruleFields ?? []);
  const own = [...filtered.problems, ...featured.problems];
  const together = rule.sessionPersistence !== undefined;
  const planned = () =>
    dialect.answer(
      planRule(
        shares.map(({ share }) => share),
        together,
      ),
    );
  const plan = own.length > 0 ? failure("invalid rule") : planned();
  const planProblems =
    plan.type === "respond" && plan.problem !== undefined ? [plan.problem] : shares.flatMap(({ problems }) => problems);
  const problems = [...own, ...filtered.warnings, ...planProblems].map((problem) => at(index, problem));
  const mirrors = plan.type === "respond" ? [] : filtered.clusters;
  const parts = joinParts(dialect.parts, own.length > 0 ? noParts : withResolver(featured.parts, plan));
  return { ...identity, matches, parts, plan, mirrors, problems };
}

/** A backendRef, with what is wrong with it. */
interface JudgedShare {
  readonly share: BackendShare;
  readonly problems: readonly RuleProblem[];
}

function shareOf<Rule extends RequestRule>(
  reference: HTTPBackendRef,
  index: number,
  matches: readonly HttpMatch[],
  site: RuleSite<Rule>,
): JudgedShare {
  const { parts, problems: filterProblems } = translateFilters(
    reference.filters ?? [],
    () => ({ place: "backend", routeKind: site.dialect.kind, matches, ...objectsNear(site) }),
    site.options.routeFilters,
    site.options.extensionFields,
  );
  const [filterProblem] = filterProblems;
  const resolution = filterProblem === undefined ? resolve(reference, site) : { problem: filterProblem, missing: 500 as const };
  const problems = filterProblem === undefined && "problem" in resolution ? [unserved(resolution)] : filterProblems;
  return {
    share: { index, weight: reference.weight, resolution, parts },
    problems: problems.map((problem) => ({ ...problem, message: `backendRefs[${index}]: ${problem.message}` })),
  };
}

/** Resolves a reference of a rule to a backend that is spoken to as rules of its kind do. */
function resolve<Rule extends RequestRule>(reference: BackendObjectReference, site: RuleSite<Rule>): Resolution {
  const { context, route, routing, dialect, sources } = site;
  const from: Referrer = { group: gatewayGroup, kind: dialect.kind, namespace: route.metadata.namespace };
  const resolution = resolveBackend(context, sources, from, reference, routing);
  return "backend" in resolution ? { backend: dialect.speakTo(resolution.backend) } : resolution;
}

/** The problem of a backendRef, with what its requests meet where that does not follow from the reason. */
function unserved({ problem, missing }: Extract<Resolution, { readonly problem: RuleProblem }>): RuleProblem {
  if (missing === 500) return problem;
  return { ...problem, message: `${problem.message}; requests are answered with 503 until it has` };
}

/** What filters may name in the namespace of the route. */
function objectsNear<Rule extends RequestRule>({
  context,
  route,
  sources: { objects, secretFacts, references },
}: RuleSite<Rule>): Pick<FilterSite, "extension" | "configMap" | "headerSecret"> {
  const { namespace } = route.metadata;
  const filter = { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", namespace };
  return {
    extension: (name) => context.get(objects.HTTPRouteFilter, `${namespace}/${name}`),
    configMap: (name) => context.get(objects.ConfigMap, `${namespace}/${name}`),
    headerSecret: (reference, entry) => resolveHeaderSecret(context, { secretFacts, references }, filter, reference, entry),
  };
}

/** Envoy has no filters for copies, so that nothing could keep them from the proxy's own machine. */
const copiesToAnyHost: RuleProblem = {
  condition: "ResolvedRefs",
  reason: reasons.InvalidBackendRef,
  message: "a Backend of type DynamicResolver cannot get copies of requests; name one of type Endpoints",
};

/** Tells rules whose requests go to hosts that clients choose. */
function withResolver(parts: Parts, plan: RulePlan): Parts {
  const forwards = plan.type !== "respond" && plan.shares.some(({ backend }) => backend.dynamic);
  return forwards ? dynamicResolverSlot.set(parts, true) : parts;
}

function failure(reason: string): RulePlan {
  return { type: "respond", status: 500, reason };
}

function at(index: number, problem: RuleProblem): RuleProblem {
  return { ...problem, message: `rules[${index}]: ${problem.message}` };
}

function unreachable(): never {
  throw new Error("every rule has a plan");
}
