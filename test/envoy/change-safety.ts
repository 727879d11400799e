/** Edits under load: each kind of edit on a gateway of its own, with every answer judged. Run by itself it makes many edits of each kind. */
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createSecureServer } from "node:https";
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { GRPCRouteRule } from "../../src/api/gateway/grpc-route.ts";
import type { HTTPRouteRule } from "../../src/api/gateway/http-route.ts";

import { issue } from "../builders/certificates.ts";
import {
  backendObjectRef,
  backendRef,
  backendTlsPolicy,
  called,
  configMap,
  endpointSlice,
  grpcBackendRef,
  grpcRoute,
  httpRoute,
  listener,
  listenerSet,
  parent,
  parentSet,
  prefix,
  service,
} from "../builders/objects.ts";

import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { startGateway } from "./gateway-under-test.ts";
import { ask } from "./http-client.ts";
import { killControlPlane, replaceEnvoy } from "./life-safety.ts";
import { type LoadResult, loadClients, startLoad } from "./load.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";
import { streamKinds, swapStreamBackends } from "./stream-safety.ts";

const host = "app.test";
const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];
/** `secured`: where `b` answers over TLS, with the certificate of ConfigMap `ca`. */
type Ports = Readonly<Record<Name | "secured", number>>;

/** A kind of edit: what the changing file holds after so many edits, and who then answers the paths that are asked for. */
interface Kind {
  /** Backends and clients speak HTTP/2, as for gRPC. */
  readonly http2?: true;
  /** `ports` are those of the backends, `port` is that of the Gateway's listener. */
  objects(edit: number, ports: Ports, port: number): readonly object[];
  right(edit: number): Readonly<Record<string, Name>>;
}

const to = (name: Name): HTTPRouteRule => ruleTo([prefix(`/${name}`)], [], [backendObjectRef(name)]);
const route = (rules: readonly HTTPRouteRule[]) => routeFor("app", host, rules);
const steady = () => ({ "/b": "b", "/c": "c" }) as const;
const swapped = (edit: number) => ({ "/x": edit % 2 === 0 ? "a" : "b" }) as const;

const callsTo = (name: string, hostname: string, rules: readonly GRPCRouteRule[]) =>
  grpcRoute(`default/${name}`, rules, { parentRefs: [parent("default/eg")], hostnames: [hostname] });

/** An edit that can be seen from outside, made together with the one that is tested. */
function marker(edit: number, { http2 }: Kind): object {
  const hostname = `edit-${edit}.test`;
  if (http2) return callsTo("marker", hostname, [{ backendRefs: [grpcBackendRef("a")] }]);
  return routeFor("marker", hostname, [ruleTo([prefix("/")], [], [backendObjectRef("a")])]);
}

/** The kinds of edits that must not harm a request. */
export const kinds: Readonly<Record<string, Kind>> = {
  "swap a backend and toggle its filter": {
    objects: (edit) => {
      const filters = [
        { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-edit", value: "1" }] } },
      ] as const;
      const ref = backendObjectRef(swapped(edit)["/x"], edit % 2 === 0 ? {} : { filters });
      return [route([ruleTo([prefix("/x")], [], [ref])])];
    },
    right: swapped,
  },
  "remove and add the first of three rules": {
    objects: (edit) => [route((edit % 2 === 0 ? names : (["b", "c"] as const)).map(to))],
    right: steady,
  },
  "reorder two rules": {
    objects: (edit) => [route((edit % 2 === 0 ? (["b", "c"] as const) : (["c", "b"] as const)).map(to))],
    right: steady,
  },
  "add and remove other routes": {
    objects: (edit) => [route(names.map(to)), ...(edit % 2 === 0 ? [] : [routeFor("other", "other.test", [to("a")])])],
    right: steady,
  },
  "add and remove a ListenerSet on the port": {
    objects: (edit, _ports, port) => {
      const set = listenerSet("default/more", "default/eg", [listener("other", { port, hostname: "other.test" })]);
      const other = httpRoute("default/other", [to("a")], { parentRefs: [parentSet("default/more")] });
      return [route(names.map(to)), ...(edit % 2 === 0 ? [] : [set, other])];
    },
    right: steady,
  },
  "change the endpoints of a Service": {
    objects: (edit, ports) => {
      const port = { name: "http", port: ports[swapped(edit)["/x"]], protocol: "TCP" } as const;
      const slice = endpointSlice("default/app", ["127.0.0.1"], { ports: [port] });
      return [service("default/app"), slice, route([ruleTo([prefix("/x")], [], [backendRef("app")])])];
    },
    right: swapped,
  },
  "secure a backend by policy and release it": {
    objects: (edit, ports) => {
      const [port, target] = edit % 2 === 0 ? [ports.a, "elsewhere"] : [ports.secured, "app"];
      const targetRef = { group: "gateway.envoyproxy.io", kind: "Backend", name: target };
      const policy = backendTlsPolicy("default/app", [targetRef], { hostname: "secured.test" });
      return [localBackend("app", port), policy, route([ruleTo([prefix("/x")], [], [backendObjectRef("app")])])];
    },
    right: swapped,
  },
  "swap the backend of a GRPCRoute and add a rule before it": {
    http2: true,
    objects: (edit) => {
      const rule = { matches: [called("x")], backendRefs: [grpcBackendRef(swapped(edit)["/x"])] };
      const other = { matches: [called("b")], backendRefs: [grpcBackendRef("b")] };
      return [callsTo("app", host, edit % 2 === 0 ? [rule] : [other, rule])];
    },
    right: swapped,
  },
  "add and remove a GRPCRoute beside an HTTPRoute": {
    objects: (edit) => {
      const calls = { matches: [called("x.Y")], backendRefs: [grpcBackendRef("a")] };
      return [route([to("b"), to("c")]), ...(edit % 2 === 0 ? [] : [callsTo("calls", host, [calls])])];
    },
    right: steady,
  },
};

/** Makes so many edits under load. Until an edit is seen in answers, the old backend is right too. */
export async function editUnderLoad(kind: Kind, edits: number): Promise<LoadResult> {
  const servers: Server[] = [];
  const serve = async (name: Name) => {
    const server = kind.http2
      ? createHttp2Server((_, response) => response.end(name))
      : createServer((_, response) => response.end(name));
    servers.push(server);
    return listenAnywhere(server);
  };
  const { certificate: cert, key } = await issue(["secured.test"]);
  const secured = createSecureServer({ cert, key }, (_, response) => response.end("b"));
  servers.push(secured);
  const ports = { a: await serve("a"), b: await serve("b"), c: await serve("c"), secured: await listenAnywhere(secured) };
  const port = await freePort();
  const at = (edit: number) => [...kind.objects(edit, ports, port), marker(edit, kind)];
  const gateway = await startGateway({
    "gateway.yaml": [...gatewayOn(port), ...names.map((name) => localBackend(name, ports[name]))],
    "ca.yaml": [configMap("default/ca", { "ca.crt": cert })],
    "changing.yaml": at(0),
  });
  try {
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    const first = Object.entries(kind.right(0));
    for (const [path, name] of first) {
      await eventually(`${path} is served`, async () => ((await ask(port, path, { host })).body === name ? true : undefined));
    }
    const expected = Object.fromEntries(first.map(([path, name]) => [path, [name]]));
    const load = startLoad(port, host, expected, kind.http2 ? { client: "http/2" } : {});
    const seen = async (edit: number) => (await ask(port, "/", { host: `edit-${edit}.test` })).status === 200;
    for (let edit = 1; edit <= edits; edit++) {
      const [before, after] = [Object.entries(kind.right(edit - 1)), Object.entries(kind.right(edit))];
      for (const [path, name] of after) load.expect(path, [name, ...before.flatMap(([p, old]) => (p === path ? [old] : []))]);
      gateway.write("changing.yaml", at(edit));
      await eventually(`edit ${edit} is seen`, async () => ((await seen(edit)) ? true : undefined));
      for (const [path, name] of after) {
        await eventually(`${path} reaches ${name}`, () => (load.last(path) === name ? true : undefined));
      }
      // Envoy's threads take a change one after the other.
      await sleep(100);
      for (const [path, name] of after) load.expect(path, [name]);
      await sleep(50);
    }
    return await load.stop();
  } finally {
    await gateway.stop();
    for (const server of servers) server.close();
  }
}

if (import.meta.main) {
  const edits = Number(process.argv[2] ?? 100);
  const tell = async (what: string, run: () => Promise<LoadResult>) => {
    const began = performance.now();
    const { requests, failed, wrong, examples } = await run();
    const seconds = (performance.now() - began) / 1000;
    console.log(`${what}, ${requests} requests in ${seconds.toFixed(1)} s, ${failed} failed, ${wrong} wrong`);
    for (const example of examples) console.log(`  ${example}`);
    if (failed + wrong > 0) process.exitCode = 1;
  };
  for (const [name, kind] of Object.entries(kinds)) await tell(`${name}: ${edits} edits`, () => editUnderLoad(kind, edits));
  for (const [name, kind] of Object.entries(streamKinds)) {
    await tell(`swap the backend of a ${name}: ${edits} edits`, () => swapStreamBackends(kind, edits));
  }
  const lives = Math.ceil(edits / 10);
  await tell(`kill the control plane: ${lives} times`, () => killControlPlane(lives));
  for (const client of loadClients) {
    await tell(`replace Envoy by hot restart: ${lives} times, ${client}`, () => replaceEnvoy(lives, client));
  }
}
