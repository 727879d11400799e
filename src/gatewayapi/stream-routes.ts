/** Routes for connections and datagrams at their listeners: which of them gets what. */
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import { dynamicResolverSlot } from "../ir/dynamic-resolver.ts";
import type { StreamListener, StreamRoute } from "../ir/xds.ts";
import { type Attachment, rulesOfRoute } from "./attachments.ts";
import { byAge } from "./gateways.ts";
import type { RuleTranslation } from "./http-rules.ts";
import type { RuleProblem } from "./problem.ts";
import { reasons } from "./reasons.ts";
import { isStreamRouteKind } from "./route-kinds.ts";

/** What is to be told about a route at a listener. Key: `<listener in the IR>|<route>`. */
export interface StreamRemark {
  readonly route: Key;
  /** Key of the listener in the IR. */
  readonly listener: Key;
  /** Why the listener cannot serve the route. */
  readonly problem?: RuleProblem;
  /** The hosts that older routes take, and those routes. */
  readonly outranked?: { readonly hostnames: readonly string[]; readonly by: readonly Key[] };
}

/** Routes for connections and datagrams as listeners have them. */
export interface StreamRoutes {
  readonly streamRoutes: Collection<StreamRoute>;
  /** The listeners that have such routes: only they present certificates. */
  readonly serving: Collection<StreamListener>;
  /** The routes that get something. Key: `<scope>|<route>`. */
  readonly served: Collection<true>;
  readonly streamRemarks: Collection<StreamRemark>;
}

/** A route that asks for a listener's traffic, or why it cannot have any. */
interface Candidate {
  readonly route: Key;
  readonly listener: Key;
  readonly entry?: StreamRoute;
  readonly problem?: RuleProblem;
}

/**
 * Derives what each listener has. Of several routes that ask for the same traffic (of a listener, and with TLS of a server name
 * there) the oldest gets it: Envoy could not choose.
 */
export function deriveStreamRoutes(
  graph: Graph,
  attachments: Collection<Attachment>,
  rules: Index<RuleTranslation>,
  listeners: Collection<StreamListener>,
): StreamRoutes {
  const dealings = graph.derive("dealings with streams", listeners, (_context, listener) => dealingOf(listener));
  const candidates = graph.deriveMany("candidates for streams", attachments, (context, attachment) => {
    if (!isStreamRouteKind(attachment.kind)) return [];
    const candidate = judge(context, attachment, rules, dealings);
    return candidate === undefined ? [] : [[`${candidate.listener}|${candidate.route}`, candidate] as const];
  });
  const byClaim = graph.index("claim", candidates, ({ listener, entry }) =>
    (entry?.hostnames ?? []).map((hostname) => claimKey(listener, hostname)),
  );
  const owners = graph.derive("owners of streams", graph.group("claims of streams", byClaim), (_context, { members }) => {
    const [oldest] = [...members].sort(inOrder);
    return oldest?.route;
  });
  const isOwner = (context: Context, { route, listener }: Candidate, hostname: string) =>
    context.get(owners, claimKey(listener, hostname)) === route;
  const routes = graph.derive("stream routes", candidates, (context, candidate) => {
    const { entry } = candidate;
    const hostnames = entry?.hostnames.filter((hostname) => isOwner(context, candidate, hostname)) ?? [];
    return entry === undefined || hostnames.length === 0 ? undefined : { ...entry, hostnames };
  });
  return {
    streamRoutes: routes,
    serving: deriveServingListeners(graph, listeners, routes),
    served: whetherAny(graph, "served stream routes", routes, ({ scope, rule: { id } }) => `${scope}|${keyOfRule(id)}`),
    streamRemarks: graph.derive("remarks on streams", candidates, (context, candidate): StreamRemark | undefined => {
      const { route, listener, problem, entry } = candidate;
      if (problem !== undefined) return { route, listener, problem };
      const lost = entry?.hostnames.filter((hostname) => !isOwner(context, candidate, hostname)) ?? [];
      if (lost.length === 0) return undefined;
      const by = new Set(lost.flatMap((hostname) => context.get(owners, claimKey(listener, hostname)) ?? []));
      return { route, listener, outranked: { hostnames: lost, by: [...by].sort() } };
    }),
  };
}

/** Whether there is a route under a key, not how many: the second one changes nothing. */
function whetherAny(
  graph: Graph,
  name: string,
  routes: Collection<StreamRoute>,
  keyOf: (route: StreamRoute) => Key,
): Collection<true> {
  const index = graph.index(name, routes, (route) => [keyOf(route)]);
  return graph.aggregate(name, index, { zero: true as const, add: () => true as const, remove: () => true as const });
}

function keyOfRule({ kind, namespace, name }: StreamRoute["rule"]["id"]): Key {
  return `${kind}/${namespace}/${name}`;
}

/** What a listener does with connections. */
type Dealing = "reads nothing" | "passes TLS on" | "ends TLS";

function dealingOf({ protocol, tls }: StreamListener): Dealing {
  if (protocol !== "TLS") return "reads nothing";
  return tls === undefined ? "passes TLS on" : "ends TLS";
}

function judge(
  context: Context,
  { route, routing, irListener: listener, scope, hostnames, createdAt }: Attachment,
  rules: Index<RuleTranslation>,
  dealings: Collection<Dealing>,
): Candidate | undefined {
  const dealing = context.get(dealings, listener);
  const [translation] = context.list(rules, rulesOfRoute(route, routing));
  const rule = translation?.stream;
  if (dealing === undefined || rule === undefined) return undefined;
  if (dynamicResolverSlot.of(rule.parts) && dealing !== "passes TLS on") return { route, listener, problem: needsServerName };
  return { route, listener, entry: { scope, listener, rule, hostnames, createdAt } };
}

const needsServerName: RuleProblem = {
  condition: "ResolvedRefs",
  reason: reasons.UnsupportedValue,
  message:
    "rules[0]: a Backend of type DynamicResolver goes where the server name of a connection says, so it needs a listener of protocol TLS with tls.mode Passthrough; attach the route to one, or use type Endpoints",
};

function claimKey(listener: Key, hostname: string): Key {
  return `${listener}|${hostname}`;
}

function inOrder(a: Candidate, b: Candidate): number {
  return byAge({ createdAt: a.entry?.createdAt ?? "", key: a.route }, { createdAt: b.entry?.createdAt ?? "", key: b.route });
}

function deriveServingListeners(
  graph: Graph,
  listeners: Collection<StreamListener>,
  routes: Collection<StreamRoute>,
): Collection<StreamListener> {
  const served = whetherAny(graph, "served listeners", routes, ({ listener }) => listener);
  return graph.derive("serving listeners", listeners, (context, listener, key) =>
    context.get(served, key) === undefined ? undefined : listener,
  );
}
