/** The Envoy listener of a port, joined from filter chains that are encoded already. */
import type { ObjectRef } from "../../ir/reference.ts";
import type { ProxyListener, StreamListener } from "../../ir/xds.ts";
import { digestOfDigests } from "../codec/digest.ts";
import type { Entrances, FilterNeeds, ResourceReference, XdsResource } from "../resource.ts";
import { type Checked, checked, encodeChecked } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { broughtBy, type HttpChain, referencesOf, widenedChain, widenedEntrance } from "./http-chain.ts";
import { envoyListener, type ProxyPort } from "./listener.ts";
import type { ListenerFleet } from "./listener-fleet.ts";
import { neededFor } from "./secret-source.ts";
import type { EncodedChain } from "./stream-chain.ts";
import { segmentsOf } from "./table-segments.ts";
import { secretsOfListener } from "./tls.ts";

/** All that is behind a port. */
export interface PortContent extends ProxyPort {
  /** The listeners for HTTP. */
  readonly http: readonly ProxyListener[];
  /** The listeners for connections. */
  readonly streams: readonly StreamListener[];
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
  if (resource === undefined || secure.length + added.length === 0) return [key, outcome];
  const pieces = [...segmentsOf(secure), ...added];
  return [
    key,
    {
      resource: {
        ...resource,
        chunks: [...resource.chunks, ...pieces.map(({ bytes }) => bytes)],
        version: digestOfDigests([resource.version, ...pieces.map(({ version }) => version)]),
      },
    },
  ];
}

/** Gathered each time that somebody asks: hardly anybody asks, and a port may have thousands of listeners. */
function iterable<T>(gather: () => Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: gather };
}

function entrancesOf(content: PortContent, fleet: ListenerFleet): Entrances {
  const { plain, secure } = content;
  const filters = new Map(secure.map(({ entrance, offered }) => [entrance.routeConfiguration, offered]));
  if (plain !== undefined) filters.set(plain.routeConfiguration, new Set(plain.filters.map(({ name }) => name)));
  return { filters, widened: (more) => widened(content, more, fleet) };
}

function widened(content: PortContent, more: ReadonlyMap<string, FilterNeeds>, fleet: ListenerFleet): XdsResource {
  const { plain } = content;
  const ofPlain = plain && more.get(plain.routeConfiguration);
  const secure = content.secure.map((chain) => widenedChain(chain, more.get(chain.entrance.routeConfiguration), fleet));
  const wider = { ...content, secure, plain: plain && ofPlain ? widenedEntrance(plain, ofPlain, fleet) : plain };
  const [key, { resource }] = joinListener(wider, fleet);
  if (resource === undefined) throw new Error(`the listener ${key} cannot have all its filters`);
  return resource;
}

function* sourcesOf({ http, streams, plain, secure, added }: PortContent): Generator<ObjectRef> {
  for (const { source } of http) yield source;
  for (const { source } of streams) yield source;
  if (plain !== undefined) yield* broughtBy(plain);
  for (const { entrance } of secure) yield* broughtBy(entrance);
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

function* namedBy({ plain, secure, streams, added, ends }: PortContent, fleet: ListenerFleet): Generator<ResourceReference> {
  if (plain !== undefined) yield* referencesOf(plain);
  for (const { references } of secure) yield* references;
  for (const { tls } of added.length > 0 ? streams : [])
    if (tls !== undefined) for (const source of secretsOfListener(tls)) yield neededFor(source);
  const clusters = [...added.flatMap((chain) => chain.clusters), ...(ends ? [emptyCluster] : [])];
  for (const name of [...clusters, ...clustersOf(fleet)]) yield { type: "Cluster", name };
}

/** The clusters that features need at all listeners of a fleet. */
export function clustersOf({ features, parts }: ListenerFleet): readonly string[] {
  return features.flatMap((feature) => feature.listenerClusters?.(parts) ?? []);
}
