/**
 * An xDS client that asks as Envoy does, over Delta ADS and mutual TLS: all clusters, their endpoints by name, all listeners once its
 * clusters have endpoints, the route tables and secrets of the listeners by name. It accepts everything, and decodes no more than it needs for that.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { TlsMaterial } from "../../src/certificates/material.ts";
import { toProtoJson } from "../../src/xds/codec/decode.ts";
import { sizeOf } from "../../src/xds/codec/pack.ts";
import { typeUrls, type XdsType } from "../../src/xds/resource.ts";
import { frameMessage } from "../../src/xds/server/grpc-frames.ts";
import { bytesOf, encodeField, readFields, stringOf } from "../../src/xds/server/protobuf-fields.ts";

/** A response of the server. */
export interface Delivery {
  readonly type: XdsType;
  /** By name; the content of each. */
  readonly resources: ReadonlyMap<string, Uint8Array>;
  readonly removed: readonly string[];
  /** Of the whole response. */
  readonly bytes: number;
  /** When it was there as a whole, by `performance.now()`. */
  readonly at: number;
}

/** Cuts a byte stream into gRPC messages. Joins a message once, when all of it is there: what that takes is no part of when it came. */
class PieceReader {
  readonly #onMessage: (message: Uint8Array, at: number) => void;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(onMessage: (message: Uint8Array, at: number) => void) {
    this.#onMessage = onMessage;
  }

  read(piece: Buffer): void {
    const at = performance.now();
    this.#pieces.push(piece);
    this.#length += piece.length;
    for (let end = this.#end(); end !== undefined && end <= this.#length; end = this.#end()) {
      const all = Buffer.concat(this.#pieces);
      this.#pieces = end < all.length ? [all.subarray(end)] : [];
      this.#length = all.length - end;
      this.#onMessage(all.subarray(prefixLength, end), at);
    }
  }

  /** Where the first message ends: five bytes come before it, of which the last four are its length. */
  #end(): number | undefined {
    if (this.#length < prefixLength) return undefined;
    const [first] = this.#pieces;
    if (first !== undefined && first.length < prefixLength) this.#pieces = [Buffer.concat(this.#pieces)];
    return prefixLength + (this.#pieces[0]?.readUInt32BE(1) ?? 0);
  }
}

const prefixLength = 5;
const typeOfUrl = new Map<string, XdsType>(Object.entries(typeUrls).map(([type, url]) => [url, type as XdsType]));
const window = 64 * 1024 * 1024;

/** One connection with one stream. */
export class DeltaClient {
  /** What it has, by type and name. */
  readonly has = new Map<XdsType, Map<string, Uint8Array>>();
  /** Called with every response, after it was answered. */
  onDelivery: (delivery: Delivery) => void = () => {};
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #scope: string;
  readonly #asked = new Map<XdsType, Set<string>>();
  readonly #warming = new Set<string>();
  /** What each listener names. */
  readonly #named = new Map<string, Names>();

  /** @param session one that is connected */
  constructor(session: ClientHttp2Session, scope: string) {
    this.#session = session;
    this.#scope = scope;
    this.#stream = session.request({
      ":method": "POST",
      ":path": "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const reader = new PieceReader((message, at) => this.#take(message, at));
    this.#stream.on("data", (chunk: Buffer) => reader.read(chunk));
    this.#request("Cluster", []);
  }

  /** How many resources of a type it has. */
  count(type: XdsType): number {
    return this.#of(type).size;
  }

  close(): void {
    this.#stream.on("error", () => {});
    this.#session.destroy();
  }

  #take(message: Uint8Array, at: number): void {
    const { nonce, ...delivery } = decode(message);
    const mine = this.#of(delivery.type);
    for (const [name, value] of delivery.resources) mine.set(name, value);
    for (const name of delivery.removed) mine.delete(name);
    this.#request(delivery.type, [], nonce);
    this.#follow({ ...delivery, at });
    this.onDelivery({ ...delivery, at });
  }

  /** Asks for what a response makes necessary. */
  #follow({ type, resources, removed }: Delivery): void {
    if (type === "Cluster") {
      const endpoints = [...resources].map(([name, cluster]) => endpointsName(name, cluster));
      for (const name of endpoints) if (!this.#of("ClusterLoadAssignment").has(name)) this.#warming.add(name);
      this.#want("ClusterLoadAssignment", endpoints, removed);
    }
    if (type === "ClusterLoadAssignment") for (const name of resources.keys()) this.#warming.delete(name);
    if (type === "Listener") this.#followListeners(resources, removed);
    if (this.#warming.size === 0 && !this.#asked.has("Listener")) {
      this.#asked.set("Listener", new Set());
      this.#request("Listener", []);
    }
  }

  #followListeners(resources: Delivery["resources"], removed: readonly string[]): void {
    for (const [name, bytes] of resources)
      this.#named.set(name, namesIn(toProtoJson("envoy.config.listener.v3.Listener", bytes)));
    for (const name of removed) this.#named.delete(name);
    for (const type of ["RouteConfiguration", "Secret"] as const) {
      const names = new Set([...this.#named.values()].flatMap((named) => named[type]));
      this.#want(
        type,
        [...names],
        [...(this.#asked.get(type) ?? [])].filter((name) => !names.has(name)),
      );
    }
  }

  #want(type: XdsType, names: readonly string[], gone: readonly string[]): void {
    const asked = this.#asked.get(type) ?? new Set();
    const added = names.filter((name) => !asked.has(name));
    const dropped = gone.filter((name) => asked.has(name));
    for (const name of added) asked.add(name);
    for (const name of dropped) {
      asked.delete(name);
      this.#of(type).delete(name);
    }
    if (asked.size > 0) this.#asked.set(type, asked);
    if (added.length + dropped.length > 0) this.#request(type, added, undefined, dropped);
  }

  #request(type: XdsType, subscribe: readonly string[], nonce?: string, unsubscribe: readonly string[] = []): void {
    const node = Buffer.concat([encodeField(1, `bench/${process.pid}`), encodeField(2, this.#scope)]);
    const fields = [
      encodeField(1, node),
      encodeField(2, typeUrls[type]),
      ...subscribe.map((name) => encodeField(3, name)),
      ...unsubscribe.map((name) => encodeField(4, name)),
      ...(nonce === undefined ? [] : [encodeField(6, nonce)]),
    ];
    for (const frame of frameMessage({ length: sizeOf(fields), parts: fields })) this.#stream.write(frame);
  }

  #of(type: XdsType): Map<string, Uint8Array> {
    const mine = this.has.get(type) ?? new Map<string, Uint8Array>();
    this.has.set(type, mine);
    return mine;
  }
}

/** Connects as soon as the server listens. */
export async function connectDelta(port: number, certificate: TlsMaterial, scope: string): Promise<DeltaClient> {
  for (;;) {
    const session = await trySession(port, certificate);
    if (session !== undefined) return new DeltaClient(session, scope);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function trySession(port: number, { ca, certificate, key }: TlsMaterial): Promise<ClientHttp2Session | undefined> {
  return new Promise((resolve) => {
    const tls = { ca, cert: certificate, key, checkServerIdentity: () => undefined };
    const session = connect(`https://127.0.0.1:${port}`, { ...tls, settings: { initialWindowSize: window } });
    session.on("error", () => resolve(undefined));
    session.once("connect", () => {
      session.setLocalWindowSize(window);
      resolve(session);
    });
  });
}

/** envoy.service.discovery.v3.DeltaDiscoveryResponse. */
function decode(message: Uint8Array): Omit<Delivery, "at"> & { readonly nonce: string } {
  const resources = new Map<string, Uint8Array>();
  const removed: string[] = [];
  let [typeUrl, nonce] = ["", ""];
  for (const field of readFields(message)) {
    if (field.id === 2) resources.set(...decodeResource(bytesOf(field)));
    else if (field.id === 4) typeUrl = stringOf(field);
    else if (field.id === 5) nonce = stringOf(field);
    else if (field.id === 6) removed.push(stringOf(field));
  }
  const type = typeOfUrl.get(typeUrl);
  if (type === undefined) throw new Error(`a response of type ${typeUrl}`);
  return { type, resources, removed, nonce, bytes: message.length };
}

/** envoy.service.discovery.v3.Resource: the name, and the value of the Any. */
function decodeResource(resource: Uint8Array): [name: string, value: Uint8Array] {
  let name = "";
  let value: Uint8Array = new Uint8Array(0);
  for (const field of readFields(resource)) {
    if (field.id === 3) name = stringOf(field);
    if (field.id === 2) for (const part of readFields(bytesOf(field))) if (part.id === 2) value = bytesOf(part);
  }
  return [name, value];
}

/** `eds_cluster_config.service_name` of envoy.config.cluster.v3.Cluster, or its name. */
function endpointsName(name: string, cluster: Uint8Array): string {
  for (const field of readFields(cluster)) {
    if (field.id !== 3) continue;
    for (const part of readFields(bytesOf(field))) if (part.id === 2) return stringOf(part);
  }
  return name;
}

/** What a listener names, by type. */
interface Names {
  readonly RouteConfiguration: string[];
  readonly Secret: string[];
}

/** The names of the route tables and secrets anywhere in a listener. */
function namesIn(value: unknown, names: Names = { RouteConfiguration: [], Secret: [] }): Names {
  if (typeof value !== "object" || value === null) return names;
  if ("route_config_name" in value) names.RouteConfiguration.push(String(value.route_config_name));
  if ("sds_config" in value && "name" in value) names.Secret.push(String(value.name));
  for (const part of Object.values(value)) namesIn(part, names);
  return names;
}
