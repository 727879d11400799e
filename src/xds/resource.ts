import type { HttpFilterJson } from "#envoy/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import type { ObjectRef, ScopeKey } from "../ir/reference.ts";

/** The xDS types that we serve, by the short name used in dumps and commands. */
export const typeUrls = {
  Listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
  RouteConfiguration: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
  Cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  ClusterLoadAssignment: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  Secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
} as const;

/** Short name of an xDS type. */
export type XdsType = keyof typeof typeUrls;

/** All of them. */
export const xdsTypes: readonly XdsType[] = Object.keys(typeUrls).filter(isXdsType);

/** Whether a text is the short name of an xDS type. */
export function isXdsType(text: string): text is XdsType {
  return Object.hasOwn(typeUrls, text);
}

/** Another resource that a resource names: what must be there before it, and what may go only after it. */
export interface ResourceReference {
  readonly type: XdsType;
  readonly name: string;
}

/** What a resource names; a resource may come several times. */
export interface References extends Iterable<ResourceReference> {
  /** Whether that resource is named; where this is missing, all are looked through. */
  readonly has?: (type: XdsType, name: string) => boolean;
}

/** One xDS resource, encoded. Key in the resources collection: `scope|type|name`. Equal when the bytes are equal. */
export interface XdsResource {
  readonly scope: ScopeKey;
  readonly type: XdsType;
  readonly name: string;
  /**
   * The encoded message, the `value` of the google.protobuf.Any that is sent, in pieces that follow one another: what a large one
   * has in common with its last version is in memory once.
   */
  readonly chunks: readonly Uint8Array[];
  /** A digest of the content: equal content has an equal version, also after a restart of the control plane. */
  readonly version: string;
  /**
   * The resources named by this one. A listener names its RouteConfigurations, clusters and secrets; a RouteConfiguration its
   * clusters; an EDS cluster its ClusterLoadAssignment; TLS clusters their secrets.
   */
  readonly references: References;
  /** The API objects that it was made from; one may come several times. */
  readonly sources: Iterable<ObjectRef>;
  /** For a Cluster: how long it may take to warm without telling (DNS, active health checks), in milliseconds. 0 for EDS and static ones. */
  readonly warmUpMs: number;
  /** For a RouteConfiguration: the HTTP filters that its routes need on their listener; one may come several times. None where left out. */
  readonly filters?: Iterable<NeededFilter>;
  /** For a RouteConfiguration: what it is put together from, so that the piece that a client refuses can be found. */
  readonly virtualHosts?: Iterable<VirtualHostPieces>;
  /** For a Listener: the filter chains that it is put together from, for the same purpose. */
  readonly filterChains?: FilterChains;
  /** For a Listener whose HTTP filters follow its routes. */
  readonly entrances?: Entrances;
}

/** A virtual host as it was encoded. */
export interface VirtualHostPieces {
  /** The message without its routes. */
  readonly head: Piece;
  /** Each as a field of the message. */
  readonly routes: readonly Piece[];
}

/** A part of a message. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Digest of the bytes. */
  readonly version: string;
}

/** A listener as it was encoded. */
export interface FilterChains {
  /** The message without them. */
  readonly frame: Uint8Array;
  /** Each as a field of the message. */
  readonly pieces: Iterable<FilterChainPiece>;
}

/** A filter chain in its listener: all that it takes to join it with others. */
export interface FilterChainPiece extends Piece {
  /** Unique in the listener, and the same for all versions of the filter chain. */
  readonly name: string;
  /** Tells apart the connections that it takes: equal for the same ones. */
  readonly match: string;
  /** What it names; something may come several times. */
  readonly references: readonly ResourceReference[];
  /** Where it serves HTTP. */
  readonly entrance?: ChainEntrance;
  /** How it is tried beside others, where it stands in the listener in another form: as its default filter chain. */
  tried?(): Uint8Array;
}

/** The way through a filter chain. */
export interface ChainEntrance {
  readonly routeConfiguration: string;
  /** The names of the HTTP filters that it has for its routes. */
  readonly filters: ReadonlySet<string>;
  /** The filter chain with the filters that routes of a client need besides its own. */
  widened(needs: FilterNeeds): FilterChainPiece;
  /** The versions of the filters that routes bring. */
  readonly brought: readonly string[];
  /** The filter chain with some of the filters that routes bring, by their versions. */
  bringing(some: readonly string[]): FilterChainPiece;
}

/** The ways into a listener, by the name of the RouteConfiguration that serves them. */
export interface Entrances {
  /** The names of the HTTP filters that each has for its routes. */
  readonly filters: ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * The listener with more filters, or with all that there are: for a client whose present routes need them. They do nothing for
   * routes that do not.
   */
  widened(more: ReadonlyMap<string, FilterNeeds>): XdsResource;
}

/** An HTTP filter that routes need on their listener: all that it takes to put it there. */
export interface NeededFilter {
  /** Unique in a listener. */
  readonly name: string;
  /** Its position among others; those of one place stand by name. */
  readonly place: number;
  readonly filter: HttpFilterJson;
  /** What tells apart states of a filter of one name. */
  readonly version: string;
  /** What the listener names because of it. */
  readonly references: readonly ResourceReference[];
  /** The object that brings it, where routes do. */
  readonly source?: ObjectRef;
  /** It only watches: routes can do without it. */
  readonly onlyWatches?: true;
}

/** HTTP filters by name, or whatever there is. */
export type FilterNeeds = ReadonlyMap<string, NeededFilter> | "any";
