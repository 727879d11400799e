/** What connections to an HTTPS listener meet: a filter chain of the Envoy listener on its port. */
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Context, Graph, Index } from "../../graph/index.ts";
import { offersHttp3 } from "../../ir/http3.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { Parts } from "../../ir/slot.ts";
import type { HttpListener } from "../../ir/xds.ts";
import type { FilterChainPiece } from "../resource.ts";
import type { StandInInput } from "./chain-stand-in.ts";
import { broughtBy } from "./encoded-entrance.ts";
import { type Entrance, type ProxyPort, takesAll } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { inOrderOf, portKey, quicPortKey } from "./listener-port.ts";
import { filtersAt, type TableFilter } from "./needed-filters.ts";
import { placeEntrance } from "./placed-entrance.ts";
import { tableKey } from "./table-listeners.ts";
import { endsSegment, type SegmentMember } from "./table-segments.ts";

/** A filter chain as a field of its Envoy listener, ready to be joined with others. */
export interface HttpChain extends FilterChainPiece, SegmentMember {
  /** As `portKey` has it, or `quicPortKey`. */
  readonly port: string;
  /** The listener that it is for. */
  readonly listener: HttpListener;
  /** What features do at all listeners of its fleet. */
  readonly parts: Parts;
  /** No server name is needed to get in. */
  readonly open: boolean;
  /** The objects that it was made from. */
  readonly sources: readonly ObjectRef[];
}

/** A filter chain, and why Envoy would refuse it, or did: then something stands in for it, or it is left out. */
export interface HttpChainOutcome {
  readonly chain?: HttpChain;
  readonly problem?: ObjectProblem;
}

/** What the filter chains of HTTPS listeners are made from. */
export interface HttpChainInput extends StandInInput {
  readonly listeners: Collection<HttpListener>;
  /** The HTTP filters that the routes of each table need, by the table's key. */
  readonly usedFilters: Index<TableFilter>;
  /** What features do at all listeners of a fleet. Key: the scope. */
  readonly fleetParts: Collection<Parts>;
}

/**
 * Derives the filter chains of all HTTPS listeners; those that offer HTTP/3 have one more for it. Each is encoded once, and the Envoy
 * listener of a port joins them, so that a changed listener costs its own encoding, a segment and a list. They stand in the order of the
 * listeners of their port.
 */
export function deriveHttpChains(
  graph: Graph,
  input: HttpChainInput,
  { naming, features }: { readonly naming: Naming; readonly features: ListenerFleet["features"] },
): Collection<HttpChainOutcome> {
  const { listeners, usedFilters, fleetParts } = input;
  return graph.deriveMany(
    "http filter chains",
    listeners,
    (context, listener) => {
      if (listener.tls === undefined) return [];
      const fleet = { features, parts: context.get(fleetParts, listener.scope) ?? {} };
      const filters = filtersAt(fleet, context.list(usedFilters, tableKey(listener)), listener.parts);
      const entrance = { listener, routeConfiguration: naming.routeConfiguration(listener, listener), filters };
      const place = inOrderOf(listener);
      const chain = [`${portKey(listener)}|${place}`, outcomeOf(context, input, entrance, fleet, "tcp")] as const;
      if (!offersHttp3(listener)) return [chain];
      return [chain, [`${quicPortKey(listener)}|${place}`, outcomeOf(context, input, entrance, fleet, "quic")] as const];
    },
    { equals: sameOutcome },
  );
}

function outcomeOf(
  context: Context,
  input: StandInInput,
  entrance: Entrance,
  fleet: ListenerFleet,
  transport: ProxyPort["transport"],
): HttpChainOutcome {
  const { listener } = entrance;
  const { piece, problem } = placeEntrance(context, input, entrance, fleet, transport);
  const chain = piece && {
    ...inSegment(piece),
    port: transport === "quic" ? quicPortKey(listener) : portKey(listener),
    listener,
    parts: fleet.parts,
    open: takesAll(entrance),
    sources: [listener.source, ...broughtBy(entrance)],
    endsSegment: endsSegment(listener.name),
  };
  return { ...(chain && { chain }), ...(problem && { problem }) };
}

/** A filter chain as a member of its segment. */
export function inSegment(piece: FilterChainPiece): FilterChainPiece & Pick<SegmentMember, "chunks"> {
  return { ...piece, chunks: [piece.bytes] };
}

/** The listener counts, too: where it stands and what it came from are not in the bytes; and what it would be with more filters. */
function sameOutcome({ chain: a, problem: p }: HttpChainOutcome, { chain: b, problem: q }: HttpChainOutcome): boolean {
  if (a === undefined || b === undefined) return a === b && p?.message === q?.message;
  return (
    a.version === b.version && a.port === b.port && a.listener === b.listener && a.parts === b.parts && p?.message === q?.message
  );
}
