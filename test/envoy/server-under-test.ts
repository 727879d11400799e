/** The server as a process of its own, which can be killed, over two backends and one file of objects. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { EnvoyProxySpec } from "../../src/api/envoy/envoy-proxy.ts";
import type { HostDirectories } from "../../src/certificates/directories.ts";
import { fleetFiles, launchFiles, scopeDirectoryName } from "../../src/infra/host/directories.ts";
import { adminAddress } from "../../src/infra/host/envoy-admin.ts";
import { isRunning, signal } from "../../src/infra/host/process-identity.ts";
import { findRunningEnvoys, type RunningEnvoy } from "../../src/infra/host/running-envoys.ts";
import { backendObjectRef, envoyProxy, gatewayClass, prefix } from "../builders/objects.ts";
import { type ChildProgram, ownHome, run } from "./child-program.ts";
import { eventually } from "./eventually.ts";
import { freePort, listenAnywhere } from "./free-port.ts";
import { ask } from "./http-client.ts";
import { gatewayOn, localBackend, routeFor, ruleTo } from "./objects.ts";

/** The host that the route is for. */
export const host = "app.test";

/** What the file of objects says: who answers, and how the proxy runs. */
export interface Wanted {
  readonly backend: "a" | "b";
  readonly proxy?: Partial<EnvoyProxySpec>;
}

/** A home folder, backends and objects for servers that come and go. */
export interface ServerUnderTest {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the Gateway. */
  readonly port: number;
  write(wanted: Wanted): void;
  /** Starts a server on the same xDS port as the others, unless `args` say another, and waits until it serves. */
  start(args?: readonly string[]): Promise<ChildProgram>;
  /** The Envoys that run, the oldest first. */
  envoys(): readonly RunningEnvoy[];
  /** Waits until a single Envoy runs that `old` is not. */
  replaced(old: number): Promise<RunningEnvoy>;
  /** The address of an Envoy's admin interface, once it has one. */
  adminOf(envoy: RunningEnvoy): string | undefined;
  /** What Envoy counted, by name. */
  counters(pattern: RegExp): Promise<Readonly<Record<string, number>>>;
  /** Waits until requests are answered by this backend. */
  answeredBy(name: Wanted["backend"]): Promise<void>;
  /** Ends all servers and Envoys, and removes everything. */
  remove(): Promise<void>;
}

/** Makes a home with `wanted` objects in it; nothing runs yet. */
export async function serverUnderTest(wanted: Wanted): Promise<ServerUnderTest> {
  const home = ownHome();
  const backends = await Promise.all(["a", "b"].map(startBackend));
  const [port, xdsPort] = [await freePort(), await freePort()];
  const runtime = join(home.folder, `envoy-gateway-${process.getuid?.()}`);
  const directories: HostDirectories = { config: "", data: "", state: "", runtime };
  const fleet = scopeDirectoryName("default/eg");
  const envoys = () => findRunningEnvoys(directories).get(fleet) ?? [];
  const adminOf = ({ name }: RunningEnvoy) => adminAddress(launchFiles(fleetFiles(directories, fleet), name).adminAddress);
  const files = join(home.folder, "objects");
  mkdirSync(files);
  const write = ({ backend, proxy }: Wanted): void => {
    const route = routeFor("app", host, [ruleTo([prefix("/")], [], [backendObjectRef(backend)])]);
    const classes = proxy === undefined ? [] : [gatewayClass("eg", "default/proxy"), envoyProxy("default/proxy", proxy)];
    const [plainClass, ...gateways] = gatewayOn(port);
    const targets = backends.map(({ name, port: number }) => localBackend(name, number));
    const objects = [...(proxy === undefined ? [plainClass] : classes), ...gateways, ...targets, route];
    writeFileSync(join(files, "all.yaml"), objects.map((object) => JSON.stringify(object)).join("\n---\n"));
  };
  write(wanted);
  const servers: ChildProgram[] = [];
  return {
    folder: home.folder,
    env: home.env,
    port,
    write,
    async start(args = []) {
      const ports = ["--admin-port", "0", "--health-port", "0", "--metrics-port", "0", "--xds-port", String(xdsPort)];
      const server = run("bin/envoy-gateway", ["server", "--files", files, ...ports, ...args], { env: home.env });
      servers.push(server);
      await server.says(/\tserving\t/);
      return server;
    },
    envoys,
    replaced: (old) =>
      eventually("another Envoy alone", () => {
        const [envoy, ...more] = envoys();
        return more.length === 0 && envoy?.identity.pid !== old ? envoy : undefined;
      }),
    adminOf,
    counters: (pattern) => counters(envoys().map(adminOf).at(-1), pattern),
    async answeredBy(name) {
      await eventually(`${name} answers`, async () => ((await ask(port, "/", { host })).body === name ? true : undefined));
    },
    async remove() {
      for (const server of servers) server.process.kill("SIGKILL");
      await Promise.all(servers.map(({ ended }) => ended));
      for (const { identity } of envoys()) {
        signal(identity, "SIGKILL");
        await eventually("Envoy is gone", () => (isRunning(identity) ? undefined : true));
      }
      for (const { server } of backends) server.close();
      home.remove();
    },
  };
}

async function startBackend(name: string): Promise<{ readonly name: string; readonly server: Server; readonly port: number }> {
  const server = createServer((_, response) => response.end(name));
  return { name, server, port: await listenAnywhere(server) };
}

async function counters(address: string | undefined, pattern: RegExp): Promise<Readonly<Record<string, number>>> {
  const { body } = await ask(Number(address?.split(":").at(-1)), "/stats");
  const lines = body.split("\n").map((line) => line.split(": "));
  return Object.fromEntries(lines.flatMap(([name = "", value]) => (pattern.test(name) ? [[name, Number(value)]] : [])));
}
