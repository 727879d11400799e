/**
 * The least that an ADS server can do: it sends messages that were built beforehand, over Delta ADS without TLS, to one Envoy. What
 * a change takes with it is what Envoy itself takes.
 */
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { sizeOf } from "../../src/xds/codec/pack.ts";
import { typeUrls, type XdsType } from "../../src/xds/resource.ts";
import { frameMessage, MessageReader } from "../../src/xds/server/grpc-frames.ts";
import { encodeField, readFields, stringOf } from "../../src/xds/server/protobuf-fields.ts";
import { listenAnywhere } from "../envoy/free-port.ts";
import type { Delivery } from "./delta-client.ts";

/** What is sent in one response. */
export type Content = Pick<Delivery, "type" | "resources" | "removed">;

/** A change, ready to be sent. */
export interface Prebuilt {
  readonly contents: readonly Content[];
  /** The bytes of those contents that nobody has to ask for. */
  readonly frames: readonly Uint8Array[];
}

/** A running server. */
export interface PrebuiltServer {
  readonly port: number;
  /** Sends a change at once. */
  push(change: Prebuilt): void;
  close(): void;
}

const typeOfUrl = new Map<string, XdsType>(Object.entries(typeUrls).map(([type, url]) => [url, type as XdsType]));

/** Builds a change. Endpoints of clusters that come with it are left to be asked for: Envoy ignores them before. */
export function prebuild(contents: readonly Content[]): Prebuilt {
  const cameNow = new Set(contents.flatMap(({ type, resources }) => (type === "Cluster" ? [...resources.keys()] : [])));
  const unasked = contents.filter(
    ({ type, resources }) => type !== "ClusterLoadAssignment" || ![...resources.keys()].every((name) => cameNow.has(name)),
  );
  return { contents, frames: unasked.flatMap(framesOf) };
}

/** Serves resources, by type and name. */
export async function servePrebuilt(base: ReadonlyMap<XdsType, ReadonlyMap<string, Uint8Array>>): Promise<PrebuiltServer> {
  const resources = new Map([...base].map(([type, named]) => [type, new Map(named)]));
  const sessions = new Set<ServerHttp2Session>();
  const begun = new Set<XdsType>();
  let stream: ServerHttp2Stream | undefined;
  const answer = (message: Uint8Array): void => {
    const { type, names } = readRequest(message);
    const all = resources.get(type) ?? new Map<string, Uint8Array>();
    const isFirst = !begun.has(type);
    begun.add(type);
    const wildcard = isFirst && names.length === 0;
    const wanted = wildcard ? [...all] : names.flatMap((name) => pick(all, name));
    if (wildcard || wanted.length > 0) write(stream, framesOf({ type, resources: new Map(wanted), removed: [] }));
  };
  const server = createServer();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (opened) => {
    stream = opened;
    begun.clear();
    opened.respond({ ":status": 200, "content-type": "application/grpc" });
    const reader = new MessageReader(1 << 30);
    opened.on("data", (chunk: Buffer) => {
      for (const message of reader.read(chunk)) answer(Uint8Array.from(message));
    });
    opened.on("error", () => {});
  });
  const port = await listenAnywhere(server);
  return {
    port,
    push({ contents, frames }) {
      write(stream, frames);
      for (const { type, resources: changed, removed } of contents) {
        const named = resources.get(type) ?? new Map<string, Uint8Array>();
        for (const [name, value] of changed) named.set(name, value);
        for (const name of removed) named.delete(name);
        resources.set(type, named);
      }
    },
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function pick(all: ReadonlyMap<string, Uint8Array>, name: string): readonly (readonly [string, Uint8Array])[] {
  const value = all.get(name);
  return value === undefined ? [] : [[name, value]];
}

function write(stream: ServerHttp2Stream | undefined, frames: readonly Uint8Array[]): void {
  for (const frame of frames) stream?.write(frame);
}

/** The parts of envoy.service.discovery.v3.DeltaDiscoveryRequest that say what is wanted. */
function readRequest(message: Uint8Array): { readonly type: XdsType; readonly names: readonly string[] } {
  const names: string[] = [];
  let url = "";
  for (const field of readFields(message)) {
    if (field.id === 2) url = stringOf(field);
    if (field.id === 3) names.push(stringOf(field));
  }
  const type = typeOfUrl.get(url);
  if (type === undefined) throw new Error(`a request for ${url}`);
  return { type, names };
}

let nonces = 0;

/** envoy.service.discovery.v3.DeltaDiscoveryResponse. */
function framesOf({ type, resources, removed }: Content): Uint8Array[] {
  const version = String(++nonces);
  const typeUrl = encodeField(1, typeUrls[type]);
  const fields = [
    encodeField(1, version),
    ...Array.from(resources, ([name, value]) => {
      const any = Buffer.concat([typeUrl, encodeField(2, value)]);
      return encodeField(2, Buffer.concat([encodeField(1, version), encodeField(2, any), encodeField(3, name)]));
    }),
    encodeField(4, typeUrls[type]),
    encodeField(5, version),
    ...removed.map((name) => encodeField(6, name)),
  ];
  return [...frameMessage({ length: sizeOf(fields), parts: fields })];
}
