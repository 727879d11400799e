/**
 * The HTTP filters that routes need on their listener: those that features have once and for all, and those that routes bring.
 * A listener has each once, in the order of the features and then by name.
 */
import type { BroughtFilter, Feature, NamedFilter } from "../../features/feature.ts";
import type { Graph, Index } from "../../graph/index.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpRoute } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import type { NeededFilter } from "../resource.ts";
import { encodeChecked } from "./checked.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { neverRefused, type Refusal, type RefusalOf } from "./refused-pieces.ts";
import { usedFeatures } from "./used-features.ts";

/** The filters of a route, or how one of them breaks the rules of Envoy's API, or that a proxy refused one. */
export type RouteFilters =
  | { readonly filters: readonly NeededFilter[] }
  | { readonly violations: readonly string[] }
  | { readonly refused: Refusal };

const none: RouteFilters = { filters: [] };

/** The filters that features have once and for all, in order. */
export function fixedFilters(features: readonly Feature[]): readonly NeededFilter[] {
  return features.flatMap((feature, place) => fixedFilter(feature, place));
}

/**
 * The filters of a listener of the fleet whose routes need `used`, in order: features may have theirs anyway, or not at all. `own` are
 * the parts of the listener.
 */
export function filtersAt(
  { features, parts }: ListenerFleet,
  used: readonly NeededFilter[],
  own: Parts,
): readonly NeededFilter[] {
  const names = new Set(used.map(({ name }) => name));
  const fixed = features.flatMap((feature, place) => {
    const { hasHttpFilter = (isUsed) => isUsed } = feature;
    return fixedFilter(feature, place).filter(({ name }) => hasHttpFilter(names.has(name), parts, own));
  });
  const ofListener = features.flatMap((feature, place) => fixedFilter({ httpFilter: feature.listenerHttpFilter?.(own) }, place));
  return inFilterOrder([...fixed, ...ofListener, ...used.filter(({ source }) => source !== undefined)]);
}

/** The filters that a route needs on its listener. */
export function neededFilters(route: HttpRoute, features: readonly Feature[], refusalOf: RefusalOf = neverRefused): RouteFilters {
  const filters: NeededFilter[] = [];
  for (const feature of usedFeatures(route.rule.parts, features)) {
    const place = features.indexOf(feature);
    filters.push(...fixedFilter(feature, place));
    for (const brought of feature.httpFilters?.(route) ?? []) {
      const needed = broughtFilter(brought, place);
      if ("violations" in needed) return needed;
      const refused = refusalOf(needed.version);
      if (refused !== undefined) return { refused };
      filters.push(needed);
    }
  }
  return filters.length === 0 ? none : { filters };
}

interface Fixed {
  readonly httpFilter?: NamedFilter | undefined;
  readonly onlyWatches?: true;
}

function fixedFilter({ httpFilter, onlyWatches }: Fixed, place: number): readonly NeededFilter[] {
  if (httpFilter === undefined) return [];
  const filter = { name: httpFilter.name, place, filter: httpFilter, version: "", references: [] };
  return [onlyWatches === undefined ? filter : { ...filter, onlyWatches }];
}

/** Refused here, it concerns its routes; in the listener it would keep all routes from being served. */
function broughtFilter(
  { filter, references, source }: BroughtFilter,
  place: number,
): NeededFilter | { readonly violations: readonly string[] } {
  const message = "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
  const encoding = encodeChecked(message, filter);
  if ("violations" in encoding) return encoding;
  return { name: filter.name, place, filter, version: digest(encoding.bytes), references, source };
}

/** `filters` in the order in which they stand in a listener; of those of one name, the first that is given. */
function inFilterOrder(filters: Iterable<NeededFilter>): readonly NeededFilter[] {
  const byName = new Map<string, NeededFilter>();
  for (const filter of filters) if (!byName.has(filter.name)) byName.set(filter.name, filter);
  return [...byName.values()].sort((a, b) => a.place - b.place || (a.name < b.name ? -1 : 1));
}

/** Routes, as far as filters are concerned. */
export interface FilteredRoute {
  readonly table: string;
  readonly filters: readonly NeededFilter[];
}

/** A filter in a route table. */
export interface TableFilter extends NeededFilter {
  readonly table: string;
}

/**
 * Derives the filters that the routes of each table need, by table. Whether one is needed counts, not by how many: the second route
 * that needs it changes nothing.
 */
export function deriveTableFilters(graph: Graph, routes: Parameters<typeof graph.index<FilteredRoute>>[1]): Index<TableFilter> {
  const byFilter = graph.index("filter", routes, ({ table, filters }) => filters.map((filter) => stateKey(table, filter)));
  // All routes under one key need the same filter, so that the sum is any of them.
  const witnesses = graph.aggregate<FilteredRoute, FilteredRoute | undefined>(
    "routes with filters",
    byFilter,
    {
      zero: undefined,
      add: (_sum, { table, filters }) => ({ table, filters }),
      remove: (sum) => sum,
    },
    { equals: () => true },
  );
  const used = graph.deriveMany("used filters", witnesses, (_context, route, key) => {
    const filter = route?.filters.find((each) => stateKey(route.table, each) === key);
    return route === undefined || filter === undefined ? [] : [[key, { table: route.table, ...filter }] as const];
  });
  return graph.index("table", used, ({ table }) => [table]);
}

function stateKey(table: string, { name, version }: NeededFilter): string {
  return `${table}|${name}|${version}`;
}
