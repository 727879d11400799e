import type { VirtualHostJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { digest, digestOfDigests } from "../codec/digest.ts";
import { encodeFieldAround } from "../codec/splice.ts";
import type { NeededFilter, Piece, VirtualHostPieces } from "../resource.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import type { EncodedRoute } from "./encoded-route.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { metadataOf } from "./metadata.ts";
import { type RefusalOf, refusedByProxy } from "./refused-pieces.ts";
import { endsSegment, type SegmentMember } from "./table-segments.ts";

/** A virtual host as a field of its route configuration, ready to be joined with others. */
export interface EncodedVirtualHost extends SegmentMember {
  /** The route configuration that it belongs to, as `tableKey` has it. */
  readonly table: string;
  readonly hostname: string;
  /** How many bytes at the end of the first chunk are the message without its routes. */
  readonly headSize: number;
  /** The HTTP filters without which its routes must not be served, each once. */
  readonly filters: readonly NeededFilter[];
  readonly sources: readonly ObjectRef[];
  readonly problem?: ObjectProblem;
}

/** What virtual hosts are made with. */
export interface VirtualHostOptions {
  readonly naming: Naming;
  readonly fleet: ListenerFleet;
  /** What proxies said against a virtual host's own fields, by their version. */
  readonly refusalOf: RefusalOf;
}

/** Number of `virtual_hosts` in envoy.config.route.v3.RouteConfiguration. */
const virtualHostsField = 2;

/**
 * Joins the routes of one hostname, which stand in their order, to a virtual host. `listener` is the first of the listeners that
 * they are attached to.
 */
export function encodeVirtualHost(
  table: string,
  hostname: string,
  listener: HttpListener,
  routes: readonly EncodedRoute[],
  { naming, fleet, refusalOf }: VirtualHostOptions,
): EncodedVirtualHost {
  const metadata = metadataOf([listener.told ?? listener.source]);
  const draft = { name: naming.virtualHost(listener, hostname), domains: [hostname], metadata };
  const head = fleet.features.reduce<VirtualHostJson>(
    (done, feature) => feature.virtualHost?.(done, hostname, fleet.parts) ?? done,
    draft,
  );
  const encoding = encodeChecked("envoy.config.route.v3.VirtualHost", head);
  if ("violations" in encoding)
    return leftOut(table, hostname, refusedByEnvoy(listener.source, `the hostname ${hostname}`, encoding.violations));
  const headVersion = digest(encoding.bytes);
  const refusal = refusalOf(headVersion);
  if (refusal !== undefined)
    return leftOut(table, hostname, refusedByProxy(listener.source, `the hostname ${hostname}`, refusal.message, "left out"));
  const chunks: Uint8Array[] = [];
  const versions = [headVersion];
  const clusters = new Set<string>();
  const filters = new Map<string, NeededFilter>();
  const sources = new Map<string, ObjectRef>();
  for (const route of routes) {
    if (route.bytes.length === 0) continue;
    chunks.push(route.bytes);
    versions.push(route.version);
    for (const cluster of route.clusters) clusters.add(cluster);
    for (const filter of route.filters) if (filter.onlyWatches === undefined) filters.set(filter.name, filter);
    sources.set(`${route.source.kind}/${route.source.namespace}/${route.source.name}`, route.source);
  }
  const references = Array.from(clusters, (name) => ({ type: "Cluster", name }) as const);
  return {
    table,
    hostname,
    chunks: encodeFieldAround(virtualHostsField, encoding.bytes, chunks).slice(),
    headSize: encoding.bytes.length,
    version: digestOfDigests(versions),
    endsSegment: endsSegment(hostname),
    references,
    filters: filters.size === 0 ? nothing : [...filters.values()],
    sources: [...sources.values()],
    ...(routes.some(({ longAnswer }) => longAnswer) && { longAnswer: true }),
  };
}

/** What a virtual host was joined from. Made anew for each caller: hardly ever does somebody ask. */
export function piecesOf({ chunks, headSize }: Pick<EncodedVirtualHost, "chunks" | "headSize">): VirtualHostPieces {
  const [first = new Uint8Array(), ...routes] = chunks;
  return { head: pieceOf(first.subarray(first.length - headSize)), routes: routes.map(pieceOf) };
}

function pieceOf(bytes: Uint8Array): Piece {
  return { bytes, version: digest(bytes) };
}

const nothing: readonly never[] = [];

function leftOut(table: string, hostname: string, problem: ObjectProblem): EncodedVirtualHost {
  return {
    table,
    hostname,
    chunks: nothing,
    headSize: 0,
    version: "",
    endsSegment: false,
    references: nothing,
    filters: nothing,
    sources: nothing,
    problem,
  };
}

/** Whether two encodings of a virtual host are the same. */
export function sameVirtualHost(a: EncodedVirtualHost, b: EncodedVirtualHost): boolean {
  return a.table === b.table && a.version === b.version && a.problem?.message === b.problem?.message;
}
