/**
 * Measures with real Envoy, from writing a file to the first request that is answered: on a new route, and by a new endpoint. Beside
 * it, Envoy's own floor, measured in the same run: the same changes as messages built beforehand, pushed to an Envoy by a server that
 * does nothing else.
 *
 *   npm run bench:envoy -- [--routes 100,1000,10000] [--edits 10] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ensureLocalCertificates, readLocalCertificates } from "../../src/certificates/local-certificates.ts";
import type { XdsType } from "../../src/xds/resource.ts";
import { freePort } from "../envoy/free-port.ts";
import { Asker, type Sought, startBackends } from "./answers.ts";
import { startBareEnvoy } from "./bare-envoy.ts";
import { bundleServer } from "./bundled-server.ts";
import { connectDelta, type Delivery, type DeltaClient } from "./delta-client.ts";
import { type Content, prebuild, servePrebuilt } from "./prebuilt-server.ts";
import { createRouteFiles, type RouteFiles } from "./route-files.ts";
import { startServer } from "./server-process.ts";
import { type Spread, slashed, spreadOf } from "./spread.ts";
import { whole } from "./whole-configuration.ts";

const usage = `usage: npm run bench:envoy -- [OPTION ...]
  --routes LIST   numbers of routes, with commas (default 100,1000,10000)
  --edits N       changes of each kind (default 10)
  --json FILE     write the results, too
  --help          show this`;

/** Between two changes, so that the proxy has put away what the last one replaced. */
const pauseMs = 500;

/** A change of the files. */
interface Edit {
  readonly title: string;
  /** The type of the last message that brings it. */
  readonly brings: XdsType;
  /** Makes the change number `n`, counted from 1; returns what is answered once it is in force. */
  make(files: RouteFiles, n: number): Sought;
}

/** A change as messages, and what is answered once it is in force. */
interface Recording {
  readonly title: string;
  readonly contents: readonly Content[];
  readonly sought: Sought;
}

/** One line of the table. Times are in milliseconds. */
interface Row {
  readonly change: string;
  readonly written: Spread;
  readonly floor: Spread;
  readonly ratio: number;
  /** What a change takes of the control plane's CPU, on average. */
  readonly cpuMs: number;
}

/** What was measured with a number of routes. */
interface Report {
  readonly routes: number;
  readonly changes: readonly Row[];
}

/** The backend of a route alternates with its editions, so that every change of it can be seen. */
const otherBackend = 1;

function editsOf(routes: number): readonly Edit[] {
  const spread = (n: number) => (n * 7919) % routes;
  return [
    {
      title: "new route",
      brings: "RouteConfiguration",
      make: (files, n) => ({ ...files.write(routes + n), backend: 0 }),
    },
    {
      title: "new endpoint",
      brings: "ClusterLoadAssignment",
      make: (files, n) => ({ ...files.write(spread(n), { endpoint: otherBackend }), backend: otherBackend }),
    },
  ];
}

/** The times from each change to its first answer, by title. */
type Times = Map<string, number[]>;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function measureRoutes(routes: number, count: number): Promise<Report> {
  const backends = await startBackends(2);
  const listenerPort = await freePort();
  const endpointOf = (_route: number, edition: number) => ({ address: "127.0.0.1", port: backends.ports[edition] ?? 0 });
  const files = createRouteFiles(routes, { listenerPort, proxies: true, endpointOf });
  const asker = new Asker(listenerPort);
  try {
    const { times, cpu, base, recordings } = await measureWritten(files, routes, count, asker);
    const floor = await measureFloor(base, recordings, asker, { ...files.describe(routes - 1), backend: 0 });
    const changes = editsOf(routes).map(({ title }) => ({
      ...rowOf(title, times.get(title) ?? [], floor.get(title) ?? []),
      cpuMs: mean(cpu.get(title) ?? []),
    }));
    return { routes, changes };
  } finally {
    asker.close();
    backends.close();
    files.removeAll();
  }
}

function rowOf(change: string, times: readonly number[], floors: readonly number[]): Omit<Row, "cpuMs"> {
  const [written, floor] = [spreadOf(times), spreadOf(floors)];
  return { change, written, floor, ratio: written.median / floor.median };
}

const measured = bundleServer();

/** From files to answers; then some more changes of the same kinds, recorded as the messages that they lead to. */
async function measureWritten(files: RouteFiles, routes: number, count: number, asker: Asker) {
  await ensureLocalCertificates(`${files.configHome}/envoy-gateway`);
  const certificates = await readLocalCertificates(`${files.configHome}/envoy-gateway`);
  const xdsPort = await freePort();
  const server = startServer({ ...files, ...measured, xdsPort, nodeOptions: [] });
  const times: Times = new Map();
  const cpu: Times = new Map();
  try {
    const ended = server.ended.then(() => Promise.reject(new Error("the server ended")));
    await Promise.race([asker.until({ ...files.describe(routes - 1), backend: 0 }), ended]);
    ended.catch(() => {});
    await sleep(6_000);
    for (const edit of editsOf(routes)) {
      const measured: number[] = [];
      const busy: number[] = [];
      times.set(edit.title, measured);
      cpu.set(edit.title, busy);
      for (let n = 1; n <= count; n++) {
        const cpuBefore = server.cpuMs();
        const began = performance.now();
        const sought = edit.make(files, n);
        measured.push((await asker.until(sought)) - began);
        await sleep(pauseMs);
        busy.push(server.cpuMs() - cpuBefore);
      }
    }
    const client = await connectDelta(xdsPort, certificates.envoy, files.scope);
    await whole(client, routes + count);
    const base = new Map([...client.has].map(([type, named]) => [type, new Map(named)]));
    const recordings: Recording[] = [];
    for (const edit of editsOf(routes)) {
      for (let n = count + 1; n <= 2 * count; n++) recordings.push(await record(client, edit, files, n));
    }
    client.close();
    return { times, cpu, base, recordings };
  } finally {
    await server.stop();
  }
}

async function record(client: DeltaClient, edit: Edit, files: RouteFiles, n: number): Promise<Recording> {
  const contents: Delivery[] = [];
  const complete = Promise.withResolvers<void>();
  client.onDelivery = (delivery) => {
    contents.push(delivery);
    if (delivery.type === edit.brings) complete.resolve();
  };
  const sought = edit.make(files, n);
  await complete.promise;
  await sleep(pauseMs);
  return { title: edit.title, contents, sought };
}

/** The same changes, without a control plane. */
async function measureFloor(
  base: ReadonlyMap<XdsType, ReadonlyMap<string, Uint8Array>>,
  recordings: readonly Recording[],
  asker: Asker,
  ready: Sought,
): Promise<Times> {
  const times: Times = new Map();
  const ads = await servePrebuilt(base);
  try {
    const envoy = await startBareEnvoy(ads.port);
    try {
      await asker.until(ready);
      for (const { title, contents, sought } of recordings) {
        const change = prebuild(contents);
        await sleep(pauseMs);
        const began = performance.now();
        ads.push(change);
        const took = (await asker.until(sought)) - began;
        times.set(title, [...(times.get(title) ?? []), took]);
      }
    } finally {
      await envoy.stop();
    }
  } finally {
    ads.close();
  }
  return times;
}

function print({ routes, changes }: Report): void {
  console.log(`\n${routes} routes, milliseconds until the first answer (min/median/p95)`);
  console.log(line(["change", "file written", "Envoy's floor", "ratio", "CPU ms"]));
  for (const { change, written, floor, ratio, cpuMs } of changes)
    console.log(line([change, slashed(written), slashed(floor), ratio.toFixed(2), cpuMs.toFixed(1)]));
}

function line([first = "", ...cells]: readonly string[]): string {
  return first.padEnd(16) + cells.map((cell, at) => cell.padStart(at < 2 ? 24 : 8)).join("");
}

const { values } = parseArgs({
  options: {
    routes: { type: "string", default: "100,1000,10000" },
    edits: { type: "string", default: "10" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  const reports: Report[] = [];
  for (const routes of values.routes.split(",").map(Number)) {
    const report = await measureRoutes(routes, Number(values.edits));
    print(report);
    reports.push(report);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, undefined, 2)}\n`);
}
