/** What a client refuses in a Listener. */
import type { FilterChainJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import { encode } from "../codec/encoder.ts";
import { concat } from "../codec/splice.ts";
import type { FilterChainPiece, FilterChains } from "../resource.ts";
import { type Fault, FaultSearch, type Trials } from "./fault-search.ts";

/**
 * Searches the filter chains of a refused listener. What is wrong with the rest of it is in each trial, so that nothing is found.
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
  const guilty = yield* search.guilty(suspects, (some) => concat(some.map(({ bytes }) => bytes)));
  return guilty.map(({ item: { name, version }, message }) => {
    const before = taken.get(name);
    return { version, message, ...(before && { present: before }) };
  });
}

/** Two filter chains for the same connections: such that no listener has. */
const last: FilterChainJson = { name: "end-of-trial", filterChainMatch: { sourcePorts: [1] } };
const end = encode("envoy.config.listener.v3.Listener", { filterChains: [last, last] });
