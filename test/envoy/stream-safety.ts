/** Edits of a TCPRoute under a load of new connections, with the name that each of them hears judged. */
import { connect, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { backendObjectRef, gatewayClass, gateway as gatewayObject, listener, parent, tcpRoute } from "../builders/objects.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { startGateway } from "./gateway-under-test.ts";
import type { LoadResult } from "./load.ts";
import { localBackend } from "./objects.ts";
import { converse, createTcpEcho } from "./stream-backends.ts";

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

/** Opens one connection after the other, 8 at a time, until the tally has ended. */
function startConnections(port: number, tally: Tally): Promise<unknown> {
  const one = async () => {
    const before = tally.right;
    tally.requests += 1;
    try {
      const { name } = await converse(connect(port, "127.0.0.1"), "hello");
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

/** Sends a TCPRoute to another backend so many times, under load. No connection may fail, nor reach the old backend once the new one answers. */
export async function swapStreamBackends(edits: number): Promise<LoadResult> {
  const servers: Server[] = [];
  const serve = (name: string) => {
    const server = createTcpEcho(name);
    servers.push(server);
    return listenAnywhere(server);
  };
  const port = await freePort();
  const nameAt = (edit: number) => (edit % 2 === 0 ? "a" : "b");
  const at = (edit: number) => [
    tcpRoute("default/app", [backendObjectRef(nameAt(edit))], { parentRefs: [parent("default/eg")] }),
  ];
  const gateway = await startGateway({
    "gateway.yaml": [gatewayClass(), gatewayObject("default/eg", [listener("tcp", { protocol: "TCP", port })])],
    "backends.yaml": [localBackend("a", await serve("a")), localBackend("b", await serve("b"))],
    "changing.yaml": at(0),
  });
  const tally: Tally = { requests: 0, failed: 0, wrong: 0, examples: [], right: ["a"], ended: false };
  try {
    await gateway.condition("Gateway/default/eg", "Programmed", "True");
    await eventually("it is served", () => converse(connect(port, "127.0.0.1"), "hello").catch(() => undefined));
    const load = startConnections(port, tally);
    for (let edit = 1; edit <= edits; edit++) {
      tally.right = ["a", "b"];
      gateway.write("changing.yaml", at(edit));
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
    for (const server of servers) server.close();
  }
}
