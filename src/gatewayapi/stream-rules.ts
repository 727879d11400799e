/** The rules of routes for connections and datagrams. They read no listeners: where a rule is attached changes nothing in it. */

import { gatewayGroup } from "../api/gateway/names.ts";
import type { StreamRouteRule } from "../api/gateway/stream-route.ts";
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import { dynamicResolverSlot } from "../ir/dynamic-resolver.ts";
import { noParts } from "../ir/slot.ts";
import type { Transport } from "./backend-key.ts";
import { type ResolvedBackend, resolveBackend } from "./backend-refs.ts";
import { nameClusters } from "./clusters.ts";
import { type RuleSources, type RuleTranslation, ruleKey } from "./http-rules.ts";
import { refOf } from "./object-ref.ts";
import type { Objects } from "./objects.ts";
import type { TranslationOptions } from "./options.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import { type RouteObject, routeKey, type StreamRouteKind, streamRouteKinds, transportOfKind } from "./route-kinds.ts";
import { routingsOf } from "./route-routing.ts";
import type { Routing } from "./routing.ts";
import { type BackendShare, dynamicNotAlone, type ServingShare } from "./rule-plan.ts";

/** A route for connections or datagrams, of any kind. */
export interface StreamRouteObject extends RouteObject {
  readonly spec: Omit<RouteObject["spec"], "rules"> & { readonly rules: readonly StreamRouteRule[] };
}

/** Derives the rules of all such routes that name one of our Gateways, once for each routing of those Gateways. */
export function deriveStreamRules(
  graph: Graph,
  objects: Objects,
  sources: RuleSources,
  options: TranslationOptions,
): Collection<RuleTranslation> {
  const ofKinds = streamRouteKinds.map((kind) => {
    const routes: Collection<StreamRouteObject> = objects[kind];
    return graph.deriveMany(`rules of ${kind}s`, routes, (context, route, key) => {
      const { parentRefs = [] } = route.spec;
      const routings = routingsOf(context, parentRefs, route.metadata.namespace, sources.routings);
      return routings.map((routing): readonly [Key, RuleTranslation] => {
        const common = { route: routeKey(kind, key), routing, index: 0 };
        const translated = translateRules(context, { kind, route, routing }, sources, options);
        return [ruleKey(common.route, 0, routing), { ...common, ...translated }];
      });
    });
  });
  return graph.union("stream rules", ofKinds);
}

/** A route for Gateways of one routing. */
interface RouteSite {
  readonly kind: StreamRouteKind;
  readonly route: StreamRouteObject;
  readonly routing: Routing;
}

/** The rules of a route are one: nothing tells their traffic apart. More than one come from old versions of the API. */
function translateRules(
  context: Context,
  { kind, route, routing }: RouteSite,
  sources: RuleSources,
  { naming }: TranslationOptions,
): Pick<RuleTranslation, "stream" | "clusters" | "problems"> {
  const { namespace, name } = route.metadata;
  const { rules } = route.spec;
  const [{ name: ruleName } = {}, ...more] = rules;
  if (more.length > 0 && kind !== "TLSRoute") return { clusters: [], problems: [onlyOneRule] };
  const transport = transportOfKind(kind);
  const from = { group: gatewayGroup, kind, namespace };
  const references = rules.flatMap(({ backendRefs }, rule) =>
    backendRefs.map((reference, i) => ({ reference, at: `rules[${rule}]: backendRefs[${i}]` })),
  );
  const shares = references.map(({ reference, at }, index) => ({
    at,
    index,
    weight: reference.weight,
    resolution: resolveBackend(context, sources, from, reference, routing, transport),
    parts: noParts,
  }));
  const serving = servingShares(shares, transport);
  const dynamic = serving.some(({ backend }) => backend.dynamic);
  if (dynamic && shares.length > 1)
    return { clusters: [], problems: [{ ...dynamicNotAlone, message: `rules[0]: ${dynamicNotAlone.message}` }] };
  const named = ruleName === undefined || more.length > 0 ? {} : { ruleName };
  const id = { kind: kind.toLowerCase(), namespace, name, index: wholeRoute, ...named };
  const source = refOf(route, named.ruleName);
  const [planned] = nameClusters([{ id, source, plan: { type: "single", shares: serving } }], naming);
  const [cluster] = planned?.clusters ?? [];
  if (cluster === undefined) throw new Error("a plan of one cluster has one");
  const stream = {
    id,
    source,
    cluster: cluster.name,
    served: weightOf(serving),
    lost: weightOf(shares) - weightOf(serving),
    parts: dynamic ? dynamicResolverSlot.set({}, true) : {},
  };
  return { stream, clusters: [cluster], problems: shares.flatMap(problemsOf) };
}

/** The position of a rule that stands for all of its route: cluster names of Envoy Gateway v1.9 have it. */
const wholeRoute = -1;

/**
 * The backends that get traffic. One that only lacks endpoints is among them: what pods come and go must not change the listener,
 * which would end the connections to all the others.
 */
function servingShares(shares: readonly BackendShare[], transport: Transport): readonly ServingShare[] {
  const serving = shares.flatMap(({ resolution, ...share }): readonly ServingShare[] => {
    const backend = "backend" in resolution ? resolution.backend : resolution.idle;
    return share.weight === 0 || backend === undefined ? [] : [{ ...share, backend: carrying(backend, transport) }];
  });
  const [only, ...others] = serving;
  if (only === undefined) return [];
  if (others.length === 0) return [only.backend.shared ? { ...only, shared: true } : only];
  // Zones cannot be weighed: the shares of several backends are kept by the weights of their localities.
  return serving.map(({ backend: { zoneAware: _zoneAware, ...backend }, ...share }) => ({ ...share, backend }));
}

/** The backend as traffic that is not looked into reaches it. */
function carrying({ http1Only: _http1Only, ...backend }: ResolvedBackend, protocol: Transport): ResolvedBackend {
  return { ...backend, protocol };
}

function weightOf(shares: readonly { readonly weight: number }[]): number {
  return shares.reduce((sum, { weight }) => sum + weight, 0);
}

function problemsOf({ resolution, at }: BackendShare & { readonly at: string }): readonly RuleProblem[] {
  if (!("problem" in resolution)) return [];
  const { problem } = resolution;
  return [{ ...problem, message: `${at}: ${problem.message}` }];
}

const onlyOneRule: RuleProblem = {
  condition: "Accepted",
  reason: reasons.UnsupportedValue,
  message: "rules: the route has several rules, and nothing tells their traffic apart; leave one",
};
