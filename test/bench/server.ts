/**
 * Measures the running server in file mode, from outside: an xDS client of our own in this process, the server in another, one file
 * for each route (its own hostname, path and backend), or a mix of all kinds of routes at ListenerSets. Prints a table for each number
 * of routes.
 *
 *   npm run bench -- [--routes 100,1000,5000,10000] [--edits 20] [--mix] [--source] [--json FILE] [--cpu-prof FOLDER]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureLocalCertificates, readLocalCertificates } from "../../src/certificates/local-certificates.ts";
import { freePort } from "../envoy/free-port.ts";
import { bundleServer, serverSource } from "./bundled-server.ts";
import { connectDelta, type Delivery, type DeltaClient } from "./delta-client.ts";
import { mixedWorkload } from "./mixed-workload.ts";
import { plainWorkload } from "./plain-workload.ts";
import { type ServerPlace, type ServerProcess, startServer } from "./server-process.ts";
import { type Spread, slashed, spreadOf } from "./spread.ts";
import type { Edit, Workload } from "./workload.ts";

const usage = `usage: npm run bench -- [OPTION ...]
  --routes LIST     numbers of routes, with commas (default 100,1000,5000,10000)
  --edits N         changes of each kind (default 20)
  --mix             routes of all kinds and ListenerSets with HTTPS, one for each 4 routes
  --json FILE       write the results, too
  --source          measure the server as it runs from its source, not the single file that is installed
  --cpu-prof FOLDER write CPU profiles of the servers
  --help            show this`;

/** Nothing comes for so long: quiet, in milliseconds. */
const quietMs = 300;

/** What came of one edit. Times are in milliseconds. */
interface Outcome {
  readonly deltaMs: number;
  readonly quietMs: number;
  readonly resources: number;
  readonly bytes: number;
}

/** One line of the table: of all edits of a kind. */
interface Row {
  readonly change: string;
  readonly deltaMs: Spread;
  readonly quietMs: Spread;
  readonly cpuMs: number;
  readonly resources: number;
  readonly listeners: number;
  readonly bytes: number;
  readonly longestBlockMs: number;
}

interface Report {
  readonly routes: number;
  readonly coldStart: { readonly ms: number; readonly cpuMs: number; readonly longestBlockMs: number };
  readonly rssMegabytes: number;
  readonly peakRssMegabytes: number;
  readonly changes: readonly Row[];
}

/** Makes one edit and waits until nothing more comes. */
async function measure(
  client: DeltaClient,
  make: () => (delivery: Delivery) => boolean,
): Promise<Outcome & { readonly listeners: number }> {
  const came: Delivery[] = [];
  const arrived = Promise.withResolvers<void>();
  let told: number | undefined;
  let isIt: (delivery: Delivery) => boolean = () => false;
  let timer = setTimeout(() => arrived.reject(new Error("a change did not arrive within 60 s")), 60_000);
  client.onDelivery = (delivery) => {
    came.push(delivery);
    if (told === undefined && isIt(delivery)) told = delivery.at;
    if (told === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(arrived.resolve, quietMs);
  };
  const began = performance.now();
  isIt = make();
  await arrived.promise;
  const upserts = came.map(({ type, resources }) => ({ type, count: resources.size }));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    deltaMs: (told ?? began) - began,
    quietMs: (came.at(-1)?.at ?? began) - began,
    resources: sum(upserts.map(({ count }) => count)),
    listeners: sum(upserts.map(({ type, count }) => (type === "Listener" ? count : 0))),
    bytes: sum(came.map(({ bytes }) => bytes)),
  };
}

async function measureEdits(server: ServerProcess, client: DeltaClient, edit: Edit, count: number): Promise<Row> {
  const outcomes: Awaited<ReturnType<typeof measure>>[] = [];
  const cpuBefore = server.cpuMs();
  for (let n = 1; n <= count; n++) outcomes.push(await measure(client, () => edit.make(n)));
  const cpuMs = (server.cpuMs() - cpuBefore) / count;
  // By themselves, since watching costs CPU time.
  server.watchEventLoop();
  for (let n = count + 1; n <= count + Math.ceil(count / 2); n++) await measure(client, () => edit.make(n));
  const mean = (pick: (outcome: (typeof outcomes)[number]) => number) =>
    outcomes.reduce((sum, outcome) => sum + pick(outcome), 0) / count;
  return {
    change: edit.title,
    deltaMs: spreadOf(outcomes.map(({ deltaMs }) => deltaMs)),
    quietMs: spreadOf(outcomes.map(({ quietMs }) => quietMs)),
    cpuMs,
    resources: mean(({ resources }) => resources),
    listeners: mean(({ listeners }) => listeners),
    bytes: mean(({ bytes }) => bytes),
    longestBlockMs: await server.longestBlockMs(),
  };
}

async function measureServer(
  workload: Workload,
  {
    routes,
    count,
    ...run
  }: { readonly routes: number; readonly count: number } & Pick<ServerPlace, "program" | "probe" | "nodeOptions">,
): Promise<Report> {
  try {
    await ensureLocalCertificates(`${workload.configHome}/envoy-gateway`);
    const certificates = await readLocalCertificates(`${workload.configHome}/envoy-gateway`);
    const xdsPort = await freePort();
    const began = performance.now();
    const server = startServer({ ...workload, ...run, xdsPort });
    try {
      const client = await connectDelta(xdsPort, certificates.envoy, workload.scope);
      const ms = (await workload.whole(client)) - began;
      const coldStart = { ms, cpuMs: server.cpuMs(), longestBlockMs: await server.longestBlockMs() };
      // What follows the start (statuses, young files being read once more) is no part of a change.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      const changes: Row[] = [];
      for (const edit of workload.edits) changes.push(await measureEdits(server, client, edit, count));
      const { megabytes, peakMegabytes } = server.memory();
      client.close();
      return { routes, coldStart, rssMegabytes: megabytes, peakRssMegabytes: peakMegabytes, changes };
    } finally {
      await server.stop();
    }
  } finally {
    workload.removeAll();
  }
}

function print({ routes, coldStart, rssMegabytes, peakRssMegabytes, changes }: Report): void {
  const { ms, cpuMs, longestBlockMs } = coldStart;
  console.log(
    `\n${routes} routes: cold start ${(ms / 1000).toFixed(2)} s (CPU ${(cpuMs / 1000).toFixed(2)} s, longest block ${longestBlockMs.toFixed(0)} ms); ` +
      `RSS ${rssMegabytes.toFixed(0)} MB (peak ${peakRssMegabytes.toFixed(0)} MB)`,
  );
  console.log(
    line(["change", "delta ms min/med/p95", "quiet ms min/med/p95", "CPU ms", "resources", "listeners", "kB", "block ms"]),
  );
  for (const row of changes) {
    const numbers = [row.cpuMs.toFixed(1), row.resources.toFixed(1), row.listeners.toFixed(1), (row.bytes / 1000).toFixed(1)];
    console.log(line([row.change, slashed(row.deltaMs), slashed(row.quietMs), ...numbers, row.longestBlockMs.toFixed(0)]));
  }
}

function line([first = "", ...cells]: readonly string[]): string {
  return first.padEnd(22) + cells.map((cell, at) => cell.padStart(at < 2 ? 24 : 11)).join("");
}

const { values } = parseArgs({
  options: {
    routes: { type: "string", default: "100,1000,5000,10000" },
    edits: { type: "string", default: "20" },
    json: { type: "string" },
    "cpu-prof": { type: "string" },
    mix: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}
const profile = values["cpu-prof"];
const nodeOptions = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile];
const measured = values.source ? serverSource : bundleServer();
const reports: Report[] = [];
for (const routes of values.routes.split(",").map(Number)) {
  const workload = values.mix ? await mixedWorkload({ routes, sets: Math.ceil(routes / 4) }) : plainWorkload(routes);
  const report = await measureServer(workload, { routes, count: Number(values.edits), ...measured, nodeOptions });
  print(report);
  reports.push(report);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, undefined, 2)}\n`);
