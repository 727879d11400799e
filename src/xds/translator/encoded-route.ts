import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { Feature } from "../../features/feature.ts";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { HttpListener, HttpRoute } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import { encodeField } from "../codec/splice.ts";
import type { NeededFilter } from "../resource.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import { neededFilters } from "./needed-filters.ts";
import { neverRefused, type RefusalOf, refusedByProxy } from "./refused-pieces.ts";
import { clustersOf, envoyRoute, failClosed } from "./route.ts";

/** A route as a field of its virtual host, ready to be joined with others. */
export interface EncodedRoute {
  readonly hostname: string;
  /** Key of the HttpListener. */
  readonly listener: string;
  /** Empty when not even an answer of 500 could be made of the route. */
  readonly bytes: Uint8Array;
  /** Digest of the bytes. */
  readonly version: string;
  readonly clusters: readonly string[];
  /** The HTTP filters that it needs on its listener. */
  readonly filters: readonly NeededFilter[];
  readonly source: ObjectRef;
  /** Set where the proxy answers itself, with a body longer than Envoy takes unless its route table says so. */
  readonly longAnswer?: true;
  readonly problem?: ObjectProblem;
}

const messageName = "envoy.config.route.v3.Route";

/** Number of `routes` in envoy.config.route.v3.VirtualHost. */
const routesField = 3;

/**
 * Encodes a route. One that breaks the rules of Envoy's API, or that a proxy refused, becomes an answer of 500, and a problem of its
 * object: an Envoy that got it would refuse the whole route table.
 */
export function encodeRoute(
  route: HttpRoute,
  listener: HttpListener,
  naming: Naming,
  features: readonly Feature[],
  refusalOf: RefusalOf = neverRefused,
): EncodedRoute {
  const { id, source } = route.rule;
  const rule = { name: `rule ${id.ruleName ?? id.index}`, index: id.index };
  const message = envoyRoute(route, listener, naming, features);
  const common = { hostname: route.hostname, listener: route.listener, source };
  const needed = neededFilters(route, features, refusalOf);
  const encoding = "violations" in needed ? needed : encodeChecked(messageName, message);
  const field = "bytes" in encoding ? asField(encoding.bytes) : nothing;
  const refusal = "refused" in needed ? needed.refused : refusalOf(field.version);
  if ("filters" in needed && "bytes" in encoding && refusal === undefined)
    return {
      ...common,
      ...field,
      clusters: clustersOf(route, listener, features),
      filters: needed.filters,
      ...(hasLongAnswer(message) && { longAnswer: true }),
    };
  const answer = encodeChecked(messageName, failClosed(message));
  const closed = "bytes" in answer ? asField(answer.bytes) : nothing;
  // Where Envoy takes not even its match, there is no request that could be answered.
  const instead = refusalOf(closed.version) === undefined ? closed : nothing;
  const problem =
    "violations" in encoding
      ? refusedByEnvoy(source, rule.name, encoding.violations)
      : refusedByProxy(source, rule.name, refusal?.message ?? "", instead === nothing ? "left out" : "answered with 500");
  return { ...common, ...instead, clusters: [], filters: [], problem: { ...problem, rule: rule.index } };
}

/** The longest body of an answer, in bytes, where a route table says nothing. Source: envoy/config/route/v3/route.proto. */
const longestByDefault = 4096;

function hasLongAnswer({ directResponse }: RouteJson): boolean {
  const body = directResponse?.bodyFormat?.textFormat ?? "";
  return body.length > longestByDefault / 3 && Buffer.byteLength(body) > longestByDefault;
}

const nothing: Pick<EncodedRoute, "bytes" | "version"> = { bytes: new Uint8Array(), version: "" };

function asField(route: Uint8Array): Pick<EncodedRoute, "bytes" | "version"> {
  const bytes = encodeField(routesField, route);
  return { bytes, version: digest(bytes) };
}

/**
 * Whether two encodings of a route are the same. What a route needs besides can change though its bytes do not: an answer of
 * 500 shows none of it.
 */
export function sameEncodedRoute(a: EncodedRoute, b: EncodedRoute): boolean {
  return (
    a.listener === b.listener &&
    a.version === b.version &&
    a.problem?.message === b.problem?.message &&
    sameFilters(a.filters, b.filters) &&
    sameNames(a.clusters, b.clusters)
  );
}

function sameFilters(a: readonly NeededFilter[], b: readonly NeededFilter[]): boolean {
  return a.length === b.length && a.every(({ name, version }, index) => name === b[index]?.name && version === b[index].version);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
