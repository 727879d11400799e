/** A Gateway of which each listener has a port and a ClientTrafficPolicy of its own, over an echo backend, and raw requests to it. */
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { createEchoBackend } from "../../examples/quickstart/echo-backend.ts";
import type { ClientTrafficSpec } from "../../src/api/envoy/client-traffic-policy.ts";
import type { Listener } from "../../src/api/gateway/listener.ts";
import { clientTrafficPolicy, gatewayClass, gateway as gatewayObject, listener, prefix } from "../builders/objects.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { type FileContent, type GatewayUnderTest, startGateway } from "./gateway-under-test.ts";
import { localBackend, routeFor, ruleTo } from "./objects.ts";

/** A listener and what its policy says. */
export interface ListenerWithPolicy {
  readonly listener?: Partial<Listener>;
  readonly policy: Partial<ClientTrafficSpec>;
}

/** The running Gateway. */
export interface ClientTraffic<Name extends string> {
  readonly gateway: GatewayUnderTest;
  readonly ports: Readonly<Record<Name, number>>;
  /** Writes the policy of a listener anew. */
  setPolicy(name: Name, policy: Partial<ClientTrafficSpec>): void;
  stop(): Promise<void>;
}

/**
 * Starts the Gateway `default/eg` with a listener for each entry; requests for `a.test` reach the echo. `files` are served, too; the
 * class is `eg`, unless `class.yaml` is among them.
 */
export async function startClientTraffic<Name extends string>(
  listeners: Readonly<Record<Name, ListenerWithPolicy>>,
  files: Readonly<Record<string, FileContent>> = {},
): Promise<ClientTraffic<Name>> {
  const backend: Server = createEchoBackend({ pod: "echo" });
  const echoPort = await listenAnywhere(backend);
  const names = Object.keys(listeners) as Name[];
  const ports = {} as Record<Name, number>;
  for (const name of names) ports[name] = await freePort();
  const policy = (name: Name, spec: Partial<ClientTrafficSpec>) => [
    clientTrafficPolicy(`default/${name}`, [{ name: "eg", sectionName: name }], spec),
  ];
  const declared = names.map((name) => listener(name, { port: ports[name], ...listeners[name].listener }));
  const gateway = await startGateway({
    "class.yaml": [gatewayClass()],
    "gateway.yaml": [gatewayObject("default/eg", declared)],
    "backend.yaml": [localBackend("echo", echoPort)],
    "routes.yaml": [routeFor("r", "a.test", [ruleTo([prefix("/")])])],
    ...Object.fromEntries(names.map((name) => [`policy-${name}.yaml`, policy(name, listeners[name].policy)])),
    ...files,
  });
  await gateway.condition("Gateway/default/eg", "Programmed", "True");
  return {
    gateway,
    ports,
    setPolicy: (name, spec) => gateway.write(`policy-${name}.yaml`, policy(name, spec)),
    async stop() {
      await gateway.stop();
      backend.close();
    },
  };
}

/** The least of a request for `a.test`. */
export const plainRequest = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";

/** Writes `data` on a connection of its own and gives all that comes until the other side ends it. */
export async function exchange(port: number, ...data: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = await open(port);
  for (const piece of data) socket.write(piece);
  return untilEnd(socket);
}

/** Connects to a port of this machine. */
export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket)).once("error", reject);
  });
}

/** All that comes on a connection until it ends, however it does. */
export function untilEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    socket.setEncoding("utf8");
    socket.on("data", (data) => (heard += data));
    socket.on("error", () => socket.destroy()).on("close", () => resolve(heard));
  });
}

/** The status of an answer; undefined where there is none. */
export function statusOf(answer: string): number | undefined {
  const found = /^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1];
  return found === undefined ? undefined : Number(found);
}
