/** The filter chain of an entrance in its listener, or what stands in for it where Envoy refused it. */
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Context } from "../../graph/index.ts";
import type { FilterChainPiece } from "../resource.ts";
import { placeChain, type StandInInput } from "./chain-stand-in.ts";
import { refusedByEnvoy } from "./checked.ts";
import { type ChainPlace, encodeEnding, encodeEntrance } from "./encoded-entrance.ts";
import type { Entrance } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { refusedByProxy } from "./refused-pieces.ts";

/** The filter chain, and what is wrong with it; none where nothing can stand in for it. */
export interface PlacedEntrance {
  readonly piece?: FilterChainPiece;
  readonly problem?: ObjectProblem;
}

/** Encodes the filter chain of an entrance, unless a proxy refused it. */
export function placeEntrance(
  context: Context,
  input: StandInInput,
  entrance: Entrance,
  fleet: ListenerFleet,
  place: ChainPlace,
): PlacedEntrance {
  const { source, scope } = entrance.listener;
  const what = `the listener's filter chain${place === "quic" ? " for HTTP/3" : ""}`;
  const encoded = encodeEntrance(entrance, fleet, place);
  if ("violations" in encoded) return { problem: refusedByEnvoy(source, what, encoded.violations) };
  const ending = () => encodeEnding(entrance, place);
  const { piece, refused } = placeChain(context, scope, input, encoded, ending);
  const problem = refused && refusedByProxy(source, what, refused.words, refused.instead);
  return { ...(piece && { piece }), ...(problem && { problem }) };
}
