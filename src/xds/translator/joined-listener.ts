/** The Envoy listener of a port, joined from filter chains that are encoded already. */
import type { ObjectRef } from "../../ir/reference.ts";
import type { ProxyListener, StreamListener } from "../../ir/xds.ts";
import { digestOfDigests } from "../codec/digest.ts";
import type { Entrances, FilterChainPiece, FilterNeeds, ResourceReference, XdsResource } from "../resource.ts";
import { type Checked, checked, encodeChecked } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { type HttpChain, inSegment } from "./http-chain.ts";
import { envoyListener, type ProxyPort } from "./listener.ts";
import { clustersOf, type ListenerFleet } from "./listener-fleet.ts";
import type { EncodedChain } from "./stream-chain.ts";
import { segmentsOf } from "./table-segments.ts";

/** The filter chain for plain HTTP. */
export interface PlainChain extends FilterChainPiece {
  /** The objects that it was made from. */
  readonly sources: readonly ObjectRef[];
}

/** All that is behind a port. */
export interface PortContent extends ProxyPort {
  /** The listeners for HTTP. */
  readonly http: readonly ProxyListener[];
  /** The listeners for connections. */
  readonly streams: readonly StreamListener[];
  /** For plain HTTP. */
  readonly plain: PlainChain | undefined;
  /** The filter chains of HTTPS listeners, in order. */
  readonly secure: readonly HttpChain[];
  /** The filter chains of routes for connections, in order. */
  readonly added: readonly EncodedChain[];
}

/** The listener, or why Envoy would refuse what is not a filter chain of it. */
export function joinListener(content: PortContent, fleet: ListenerFleet): readonly [string, Checked] {
  const { name, first, plain, secure, added } = content;
  const frame = {
    scope: first.scope,
    type: "Listener",
    name,
    sources: iterable(() => sourcesOf(content)),
    references: iterable(() => distinct(namedBy(content, fleet))),
    ...((plain !== undefined || secure.length > 0) && { entrances: entrancesOf(content, fleet) }),
  } as const;
  const [key, outcome] = checked(frame, encodeChecked("envoy.config.listener.v3.Listener", envoyListener(content, fleet)));
  const { resource } = outcome;
  if (resource === undefined) return [key, outcome];
  const last = plain === undefined ? [] : [plain];
  const joined = [...segmentsOf(secure), ...added, ...last];
  const [bytes = new Uint8Array()] = resource.chunks;
  return [
    key,
    {
      resource: {
        ...resource,
        chunks: [bytes, ...joined.map((each) => each.bytes)],
        version: joined.length === 0 ? resource.version : digestOfDigests([resource.version, ...joined.map(versionOf)]),
        filterChains: { frame: bytes, pieces: [...secure, ...added, ...last] },
      },
    },
  ];
}

function versionOf({ version }: { readonly version: string }): string {
  return version;
}

/** Gathered each time that somebody asks: hardly anybody asks, and a port may have thousands of listeners. */
function iterable<T>(gather: () => Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: gather };
}

function entrancesOf(content: PortContent, fleet: ListenerFleet): Entrances {
  const { plain, secure } = content;
  const chains = plain === undefined ? secure : [...secure, plain];
  const filters = new Map(chains.flatMap(({ entrance }) => (entrance ? [[entrance.routeConfiguration, entrance.filters]] : [])));
  return { filters, widened: (more) => widened(content, more, fleet) };
}

function widened(content: PortContent, more: ReadonlyMap<string, FilterNeeds>, fleet: ListenerFleet): XdsResource {
  const { plain } = content;
  const secure = content.secure.map((chain) => ({ ...chain, ...inSegment(widenedPiece(chain, more)) }));
  const wider = { ...content, secure, plain: plain && { ...plain, ...widenedPiece(plain, more) } };
  const [key, { resource }] = joinListener(wider, fleet);
  if (resource === undefined) throw new Error(`the listener ${key} cannot have all its filters`);
  return resource;
}

function widenedPiece(piece: FilterChainPiece, more: ReadonlyMap<string, FilterNeeds>): FilterChainPiece {
  const { entrance } = piece;
  const needs = entrance && more.get(entrance.routeConfiguration);
  return entrance === undefined || needs === undefined ? piece : entrance.widened(needs);
}

function* sourcesOf({ http, streams, plain, secure, added }: PortContent): Generator<ObjectRef> {
  for (const { source } of http) yield source;
  for (const { source } of streams) yield source;
  yield* plain?.sources ?? [];
  for (const { sources } of secure) yield* sources;
  for (const { source } of added) yield source;
}

function* distinct(references: Iterable<ResourceReference>): Generator<ResourceReference> {
  const seen = new Set<string>();
  for (const reference of references) {
    const id = `${reference.type} ${reference.name}`;
    if (seen.has(id)) continue;
    seen.add(id);
    yield reference;
  }
}

function* namedBy({ plain, secure, added, ends }: PortContent, fleet: ListenerFleet): Generator<ResourceReference> {
  yield* plain?.references ?? [];
  for (const { references } of [...secure, ...added]) yield* references;
  for (const name of [...(ends ? [emptyCluster] : []), ...clustersOf(fleet)]) yield { type: "Cluster", name };
}
