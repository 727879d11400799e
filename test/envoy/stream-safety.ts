/** Edits of routes for connections and datagrams under a load of new ones, with the name that each of them hears judged. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Listener } from "../../src/api/gateway/listener.ts";
import { issue, type TestCertificate } from "../builders/certificates.ts";
import {
  backendObjectRef,
  gatewayClass,
  gateway as gatewayObject,
  listener,
  parent,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { startGateway } from "./gateway-under-test.ts";
import type { LoadResult } from "./load.ts";
import { localBackend } from "./objects.ts";
import { askDatagram, converse, createTcpEcho, createTlsEcho, createUdpEcho } from "./stream-backends.ts";

/** What a load of connections has found so far. */
interface Tally {
  requests: number;
  failed: number;
  wrong: number;
  examples: string[];
  /** Who answered last. */
  last?: string;
  /** Who may answer now. */
  right: readonly string[];
  ended: boolean;
}

/** A kind of routes for connections or datagrams. */
interface StreamKind {
  readonly listener: Partial<Listener>;
  /** Starts a backend that says `name`. */
  serve(name: string, certificate: TestCertificate): Promise<{ readonly port: number; close(): void }>;
  route(backend: string): object;
  /** The name of who answers; rejects when nobody does. */
  ask(port: number, certificate: TestCertificate): Promise<string>;
}

const host = "app.test";
const parents = { parentRefs: [parent("default/eg")] };

/** Every kind of routes that are not for HTTP. */
export const streamKinds: Readonly<Record<"TCPRoute" | "TLSRoute" | "UDPRoute", StreamKind>> = {
  TCPRoute: {
    listener: { protocol: "TCP" },
    async serve(name) {
      const server = createTcpEcho(name);
      return { port: await listenAnywhere(server), close: () => server.close() };
    },
    route: (backend) => tcpRoute("default/app", [backendObjectRef(backend)], parents),
    ask: async (port) => (await converse(connect(port, "127.0.0.1"), "hello")).name,
  },
  TLSRoute: {
    listener: { protocol: "TLS", tls: { mode: "Passthrough" } },
    async serve(name, certificate) {
      const server = createTlsEcho(name, certificate);
      return { port: await listenAnywhere(server), close: () => server.close() };
    },
    route: (backend) => tlsRoute("default/app", [host], [backendObjectRef(backend)], parents),
    async ask(port, { certificate: ca }) {
      return (await converse(connectTls({ port, host: "127.0.0.1", servername: host, ca }), "hello")).name;
    },
  },
  UDPRoute: {
    listener: { protocol: "UDP" },
    serve: createUdpEcho,
    route: (backend) => udpRoute("default/app", [backendObjectRef(backend)], parents),
    async ask(port) {
      // Each socket is a session, of which a cluster may have 1024 (Envoy's default) in a minute.
      await sleep(10);
      // Envoy forgets what is under way when a listener for datagrams changes; who sends datagrams must ask again anyway.
      const answer = (await askDatagram(port, "hello")) ?? (await askDatagram(port, "hello"));
      if (answer === undefined) throw new Error("no datagram came back");
      return answer.split(" ")[0] ?? "";
    },
  },
};

/** Asks one after the other, 8 at a time, until the tally has ended. */
function startAsking(ask: () => Promise<string>, tally: Tally): Promise<unknown> {
  const one = async () => {
    const before = tally.right;
    tally.requests += 1;
    try {
      const name = await ask();
      tally.last = name;
      if (before.includes(name) || tally.right.includes(name)) return;
      tally.wrong += 1;
      tally.examples.push(`answered by ${name}, not ${tally.right.join(" or ")}`);
    } catch (error) {
      tally.failed += 1;
      tally.examples.push(`${error}`);
      await sleep(5);
    }
  };
  const loop = async () => {
    while (!tally.ended) await one();
  };
  return Promise.all(Array.from({ length: 8 }, loop));
}

/** Sends a route to another backend so many times, under load. Nothing may fail, nor reach the old backend once the new one answers. */
export async function swapStreamBackends(kind: StreamKind, edits: number): Promise<LoadResult> {
  const certificate = await issue([host]);
  const [a, b] = [await kind.serve("a", certificate), await kind.serve("b", certificate)];
  const port = await freePort();
  const nameAt = (edit: number) => (edit % 2 === 0 ? "a" : "b");
  const ask = () => kind.ask(port, certificate);
  const gateway = await startGateway({
    "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", [listener("stream", { ...kind.listener, port })])],
    "backends.yaml": [localBackend("a", a.port), localBackend("b", b.port)],
    "changing.yaml": [kind.route("a")],
  });
  const tally: Tally = { requests: 0, failed: 0, wrong: 0, examples: [], right: ["a"], ended: false };
  try {
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    await eventually("it is served", () => ask().catch(() => undefined));
    const load = startAsking(ask, tally);
    for (let edit = 1; edit <= edits; edit++) {
      tally.right = ["a", "b"];
      gateway.write("changing.yaml", [kind.route(nameAt(edit))]);
      await eventually(`${nameAt(edit)} answers`, () => (tally.last === nameAt(edit) ? true : undefined));
      // Envoy's threads take a change one after the other.
      await sleep(100);
      tally.right = [nameAt(edit)];
      await sleep(50);
    }
    tally.ended = true;
    await load;
    const { requests, failed, wrong, examples } = tally;
    return { requests, failed, wrong, examples: examples.slice(0, 5) };
  } finally {
    tally.ended = true;
    await gateway.stop();
    a.close();
    b.close();
  }
}
