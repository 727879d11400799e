import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, listenerKey, streamListener, streamRoute } from "../../../test/builders/ir.ts";
import { xdsInput } from "../../../test/builders/xds-input.ts";
import type { Feature } from "../../features/feature.ts";
import { createGraph } from "../../graph/index.ts";
import type { Destination, HttpListener, StreamListener, StreamRoute, TlsSecret } from "../../ir/xds.ts";
import type { FilterChainPiece, XdsType } from "../resource.ts";
import { deriveXds } from "./derive-xds.ts";
import { compatibleNaming } from "./names.ts";
import { type Refusal, refusalKey } from "./refused-pieces.ts";

const scope = "default/eg";

/** Puts what a listener's own part says into its connection managers. */
const numbered: Feature = {
  name: "own",
  connectionManager: (draft, _fleet, { own }) => (typeof own === "string" ? { ...draft, serverName: own } : draft),
};

/** HTTPS listeners for `a.test` and `b.test`, and a TLSRoute for `s.test` beside them. */
function open() {
  const graph = createGraph();
  const sources = {
    listeners: graph.source<HttpListener>("listeners"),
    streams: graph.source<StreamListener>("streams"),
    streamRoutes: graph.source<StreamRoute>("stream routes"),
    secrets: graph.source<TlsSecret>("secrets"),
    destinations: graph.source<Destination>("destinations"),
    refusals: graph.source<Refusal>("refusals"),
  };
  const options = { naming: compatibleNaming, features: [numbered], readiness: false, systemTrustFile: "/ca.crt" };
  const { resources, problems } = deriveXds(graph, xdsInput(graph, sources), options);
  const listen = (name: string, hostname: string, alpn: string) => {
    const tls = { certificates: ["default/cert"], alpn: [alpn] };
    const listener = httpListener({ name: `${scope}/${name}`, hostname, protocol: "HTTPS", tls });
    sources.listeners.set(listenerKey(listener), listener);
  };
  const secret = { scope, name: "default/cert", users: [], certificateChain: "", privateKey: "" };
  graph.batch(() => {
    sources.secrets.set(`${scope}|default/cert`, secret);
    listen("a", "a.test", "one");
    listen("b", "b.test", "one");
    const stream = streamListener("TLS");
    sources.streams.set(`${stream.scope}|${stream.name}`, stream);
    const route = streamRoute("s", { listener: `${stream.scope}|${stream.name}`, hostnames: ["s.test"] });
    sources.streamRoutes.set("s", route);
  });
  const listener = () => {
    const [found] = [...resources.values()].filter(({ type }) => type === "Listener");
    assert.ok(found);
    return found;
  };
  const pieceOf = (name: string): FilterChainPiece => {
    const found = [...(listener().filterChains?.pieces ?? [])].find((piece) => piece.name.includes(name));
    assert.ok(found);
    return found;
  };
  /** The filter chains as server name and what takes the connections. */
  const shown = () => {
    const { filter_chains: chains } = decodeResource(listener()) as {
      filter_chains: { filter_chain_match: { server_names: string[] }; filters?: { name: string }[] }[];
    };
    const takes = (filters: { name: string }[] = []) => filters.map(({ name }) => name.split(".").at(-1)).join() || "ended";
    return chains.map(({ filter_chain_match: { server_names: names }, filters }) => `${names} ${takes(filters)}`);
  };
  const refuse = (piece: FilterChainPiece, present?: FilterChainPiece) =>
    sources.refusals.set(refusalKey(scope, piece.version), { message: "no", ...(present && { present }) });
  const told = () => Array.from(problems.values(), ({ object, message }) => `${object.kind} ${object.name}: ${message}`);
  const ofType = (wanted: XdsType) => [...resources.values()].filter(({ type }) => type === wanted);
  return { graph, sources, listen, listener, ofType, pieceOf, shown, refuse, told };
}

const all = ["a.test http_connection_manager", "b.test http_connection_manager", "s.test tcp_proxy"];

describe("a filter chain that proxies refuse", () => {
  it("stays as they have it", () => {
    const world = open();
    const before = world.pieceOf("/a");
    world.listen("a", "a.test", "two");
    const refused = world.pieceOf("/a");
    assert.notEqual(refused.version, before.version);
    world.refuse(refused, before);
    assert.equal(world.pieceOf("/a").version, before.version);
    assert.deepEqual(world.shown(), all);
    assert.deepEqual([...(world.listener().entrances?.filters.keys() ?? [])], ["default/eg/a", "default/eg/b"]);
    assert.deepEqual(world.told(), ["Gateway eg: Envoy refused the listener's filter chain, which is kept as it was before: no"]);
    world.listen("a", "a.test", "three");
    assert.deepEqual(world.told(), []);
  });

  it("ends its connections where there was none before, or it took others, or is refused, too, or names what is gone", () => {
    const world = open();
    const ended = ["a.test ended", ...all.slice(1)];
    const before = world.pieceOf("/a");
    world.listen("a", "a.test", "two");
    world.refuse(world.pieceOf("/a"));
    assert.deepEqual(world.shown(), ended);
    assert.deepEqual([...(world.listener().entrances?.filters.keys() ?? [])], ["default/eg/b"]);
    world.listen("a", "a.test", "three");
    world.refuse(world.pieceOf("/a"), { ...before, match: "others" });
    assert.deepEqual(world.shown(), ended);
    world.listen("a", "a.test", "four");
    world.refuse(world.pieceOf("/a"), before);
    assert.deepEqual(world.shown(), all);
    world.sources.secrets.delete(`${scope}|default/cert`);
    assert.deepEqual(world.shown(), ended);
    world.listen("a", "a.test", "five");
    world.refuse(world.pieceOf("/a"), before);
    world.refuse(before);
    assert.deepEqual(world.shown(), ended);
    assert.match(world.told()[0] ?? "", /which is replaced by one that serves nothing: no$/);
  });

  it("is left out where not even its match is taken", () => {
    const world = open();
    world.refuse(world.pieceOf("/a"));
    world.refuse(world.pieceOf("/a"));
    assert.deepEqual(world.shown(), all.slice(1));
    assert.match(world.told()[0] ?? "", /which is left out: no$/);
  });

  it("stays or ends connections where it is for plain HTTP, too", () => {
    const world = open();
    const plainOf = (name: string) => httpListener({ name: `${scope}/${name}`, port: 10081, externalPort: 81 });
    const ofPlain = () => {
      const found = world.ofType("Listener").find(({ name }) => name.endsWith("/plain"));
      const { default_filter_chain: chain } = decodeResource(found ?? world.listener()) as {
        default_filter_chain?: { filters?: unknown[] };
      };
      return { piece: [...(found?.filterChains?.pieces ?? [])][0], takers: chain?.filters?.length };
    };
    const tell = (own: string | undefined) => {
      const listener = plainOf("plain");
      world.sources.listeners.set(listenerKey(listener), { ...listener, parts: own === undefined ? {} : { own } });
    };
    tell(undefined);
    const before = ofPlain().piece;
    tell("two");
    const refused = ofPlain().piece;
    assert.ok(before && refused && before.version !== refused.version);
    world.refuse(refused, before);
    assert.equal(ofPlain().piece?.version, before.version);
    assert.match(
      world.told()[0] ?? "",
      /^Gateway eg: Envoy refused the listener's filter chain, which is kept as it was before: no$/,
    );
    tell("three");
    assert.deepEqual(world.told(), []);
    const next = ofPlain().piece;
    assert.ok(next);
    world.refuse(next);
    assert.equal(ofPlain().takers, undefined);
    assert.match(world.told()[0] ?? "", /which is replaced by one that serves nothing: no$/);
  });

  it("is its route's affair where it is for connections", () => {
    const world = open();
    const before = world.pieceOf("tcproute");
    world.refuse(before);
    assert.deepEqual(world.shown(), [...all.slice(0, 2), "s.test ended"]);
    assert.match(
      world.told()[0] ?? "",
      /^TCPRoute s: Envoy refused the route's filter chain, which is replaced by one that serves/,
    );
    assert.ok(![...world.listener().references].some(({ name }) => name === "tcproute/default/s"));
  });
});

it("listeners are put together from the filter chains that they are told by", () => {
  const { chunks, filterChains } = open().listener();
  const pieces = [...(filterChains?.pieces ?? [])];
  assert.deepEqual(
    Buffer.concat([...chunks]),
    Buffer.concat([filterChains?.frame ?? Buffer.of(), ...pieces.map(({ bytes }) => bytes)]),
  );
});
