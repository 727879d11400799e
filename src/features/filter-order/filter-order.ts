import type { HttpFilterJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";

/** One filter that is moved, by type. */
type Move = NonNullable<EnvoyProxySpec["filterOrder"]>[number];

const slotOfMoves = slot<readonly Move[]>("filter-order");

/** Reads `filterOrder`. Moves that contradict each other are a problem, and then none is made. */
const filterOrderField: ProxyField = {
  translate({ filterOrder }, parts) {
    if (filterOrder === undefined) return { parts, problems: [] };
    const cycle = findCycle(filterOrder);
    if (cycle === undefined) return { parts: slotOfMoves.set(parts, filterOrder), problems: [] };
    const message = `spec.filterOrder: ${cycle.join(" before ")} is a circle; remove one of these moves`;
    return { parts, problems: [{ reason: reasons.InvalidParameters, message }] };
  },
};

/**
 * HTTP filters stand in the order that `filterOrder` of the EnvoyProxy asks for. It is the last of the features: it moves what
 * the others brought.
 */
export const filterOrder: Feature = {
  name: slotOfMoves.name,
  proxyField: filterOrderField,
  connectionManager(draft, fleet) {
    const moves = slotOfMoves.of(fleet) ?? [];
    const router = draft.httpFilters?.at(-1);
    if (moves.length === 0 || router === undefined) return draft;
    const filters = moves.reduce(moved, draft.httpFilters?.slice(0, -1) ?? []);
    return { ...draft, httpFilters: [...filters, router] };
  },
};

/**
 * The filters after one move: all of one type stand, in their order, before the first of another type or after its last. Nothing
 * moves where one of the two is not there.
 */
function moved(filters: readonly HttpFilterJson[], { name, before, after }: Move): readonly HttpFilterJson[] {
  const target = before ?? after;
  if (target === undefined || target === name) return filters;
  const movers = filters.filter(isOf(name));
  const others = filters.filter((filter) => !isOf(name)(filter));
  const at = before === undefined ? others.findLastIndex(isOf(target)) + 1 : others.findIndex(isOf(target));
  if (!others.some(isOf(target))) return filters;
  return [...others.slice(0, at), ...movers, ...others.slice(at)];
}

/** Filters are named by their type, to which some add what tells them apart. */
function isOf(type: string): (filter: HttpFilterJson) => boolean {
  return ({ name }) => name?.startsWith(type) === true;
}

/** A circle in what comes before what, from a type back to itself; undefined where there is none. */
function findCycle(moves: readonly Move[]): readonly string[] | undefined {
  const followers = new Map<string, string[]>();
  for (const { name, before, after } of moves) {
    const [first, second] = before === undefined ? [after, name] : [name, before];
    if (first !== undefined) followers.set(first, [...(followers.get(first) ?? []), second]);
  }
  const done = new Set<string>();
  const visit = (type: string, path: readonly string[]): readonly string[] | undefined => {
    const seen = path.indexOf(type);
    if (seen >= 0) return [...path.slice(seen), type];
    if (done.has(type)) return undefined;
    for (const follower of followers.get(type) ?? []) {
      const cycle = visit(follower, [...path, type]);
      if (cycle !== undefined) return cycle;
    }
    done.add(type);
    return undefined;
  };
  for (const type of followers.keys()) {
    const cycle = visit(type, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
