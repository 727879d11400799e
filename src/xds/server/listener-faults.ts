/** What a client refuses in a Listener. */
import type { FilterChainJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import { encode } from "../codec/encoder.ts";
import { concat } from "../codec/splice.ts";
import type { FilterChainPiece, FilterChains } from "../resource.ts";
import { type Fault, FaultSearch, type Trials } from "./fault-search.ts";

/**
 * Searches the filter chains of a refused listener, and in those that are refused the HTTP filters that routes bring. What is wrong
 * with the rest of the listener is in each trial, so that nothing is found.
 * @param present the filter chains that the client has: they are good
 */
export function* findListenerFaults(
  { frame, pieces }: FilterChains,
  present: Iterable<FilterChainPiece>,
): Trials<readonly Fault[]> {
  const search = new FaultSearch(frame, end);
  yield* search.learn();
  const taken = new Map(Array.from(present, (piece) => [piece.name, piece]));
  const suspects = [...pieces].filter(({ name, version }) => taken.get(name)?.version !== version);
  const guilty = yield* search.guilty(suspects, (some) => concat(some.map(triedAs)));
  const faults: Fault[] = [];
  for (const { item, message } of guilty) {
    const before = taken.get(item.name);
    const filters = yield* findFilters(search, item, before);
    if (filters.length > 0) faults.push(...filters);
    else faults.push({ version: item.version, message, ...(before && { present: before }) });
  }
  return faults;
}

/** The HTTP filters that make the client refuse a filter chain, which it would take without them; none where it would not. */
function* findFilters(
  search: FaultSearch,
  { entrance }: FilterChainPiece,
  before: FilterChainPiece | undefined,
): Trials<readonly Fault[]> {
  const suspects = (entrance?.brought ?? []).filter((version) => before?.entrance?.brought.includes(version) !== true);
  if (entrance === undefined || suspects.length === 0) return [];
  const bytesOf = (some: readonly string[]) => triedAs(entrance.bringing(some));
  const without = yield* search.guilty([entrance], () => bytesOf([]));
  if (without.length > 0) return [];
  const guilty = yield* search.guilty(suspects, bytesOf);
  return guilty.map(({ item: version, message }) => ({ version, message }));
}

function triedAs(piece: FilterChainPiece): Uint8Array {
  return piece.tried?.() ?? piece.bytes;
}

/** Two filter chains for the same connections, of a kind that there is not. Listeners for QUIC must have one of some kind. */
const last: FilterChainJson = {
  name: "end-of-trial",
  filterChainMatch: { sourcePorts: [1] },
  transportSocket: { name: "end-of-trial" },
};
const end = encode("envoy.config.listener.v3.Listener", { filterChains: [last, last] });
