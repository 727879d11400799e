/**
 * Measures the graph on a gateway-shaped graph: time, computations and allocations of each kind of event, and the heap.
 *
 *   npm run bench:graph -- [--routes 1000,10000] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGraph, type Graph } from "../../src/graph/index.ts";
import { type GatewayGraph, gatewayGraph, type Route } from "./graph-gateway.ts";

/** From to, in microseconds: what a prototype of this engine took for a like graph of 10,000 routes. */
const marks: Readonly<Record<string, readonly [number, number]>> = {
  "endpoint change": [45, 75],
  "no-op resync": [19, 47],
  "route change": [142, 255],
  "policy change": [77, 182],
  "route added and removed": [4_000, 17_000],
  "listener added": [450_000, 1_500_000],
  "initial load": [1_100_000, 2_000_000],
};
/** The same in megabytes of heap. */
const heapMark = [103, 135] as const;
const namespaces = 50;
const routesPerHost = 20;

interface Row {
  readonly event: string;
  readonly routes: number;
  readonly times: number;
  readonly p50Microseconds: number;
  readonly p95Microseconds: number;
  readonly computations: number;
  /** At least so many per event: what was collected within ten events is not seen. */
  readonly allocatedBytes: number;
  readonly markMicroseconds: readonly [number, number] | undefined;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const { values: options } = parseArgs({
  options: { routes: { type: "string", default: "1000,10000" }, json: { type: "string" } },
});
const results = options.routes.split(",").map((count) => measureAll(Number(count)));
for (const result of results) print(result);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);

function measureAll(count: number) {
  collectGarbage();
  const heapBefore = process.memoryUsage().heapUsed;
  const graph = createGraph();
  const gateway = gatewayGraph(graph);
  const initial = measure(graph, "initial load", count, 1, () => load(graph, gateway, count));
  collectGarbage();
  const heapMegabytes = (process.memoryUsage().heapUsed - heapBefore) / 1e6;
  const rssMegabytes = process.memoryUsage().rss / 1e6;
  const rows = [initial, ...measureEvents(graph, gateway, count)];
  return { routes: count, heapMegabytes, rssMegabytes, rows };
}

function load(graph: Graph, gateway: GatewayGraph, count: number): void {
  graph.batch(() => {
    setListeners(gateway, 1);
    for (let i = 0; i < count; i++) {
      const key = `ns-${i % namespaces}/svc-${i}`;
      gateway.services.set(key, { key, protocol: "HTTP" });
      setEndpoint(gateway, i, `10.0.${i >> 8}.${i & 255}`);
      const made = route(i, `/r${i}`, count);
      gateway.routes.set(made.key, made);
    }
  });
}

function measureEvents(graph: Graph, gateway: GatewayGraph, count: number): Row[] {
  const times = 300;
  const address = (i: number): string => `10.9.${i >> 8}.${i & 255}`;
  const policy = (i: number) => ({ target: route(i, "/", count).key, createdAt: "2026-01-01T00:00:00Z", timeout: `${i}s` });
  const add = (i: number): void => gateway.routes.set(route(i, "", count).key, route(i, `/new-${i}`, count));
  const remove = (i: number): void => gateway.routes.delete(route(i, "", count).key);
  const event = (name: string, run: (i: number) => void, often = times): Row => measure(graph, name, count, often, run);
  return [
    event("endpoint change", (i) => setEndpoint(gateway, i, address(i))),
    event("no-op resync", (i) => setEndpoint(gateway, i, address(i))),
    event("route change", (i) => gateway.routes.set(route(i, "", count).key, route(i, `/changed-${i}`, count))),
    event("policy change", (i) => gateway.policies.set(`policy-${i}`, policy(i))),
    event("route added", (i) => add(count + i)),
    event("route removed", (i) => remove(count + i)),
    event("route added and removed", (i) => {
      add(count + i);
      remove(count + i);
    }),
    event("listener added", (i) => setListeners(gateway, i + 2), 3),
  ];
}

function setEndpoint(gateway: GatewayGraph, i: number, address: string): void {
  gateway.slices.set(`ns-${i % namespaces}/svc-${i}-a`, { service: `ns-${i % namespaces}/svc-${i}`, addresses: [address] });
}

function setListeners(gateway: GatewayGraph, listeners: number): void {
  const list = Array.from({ length: listeners }, (_, i) => ({ name: `http-${i}`, port: 80 + i }));
  gateway.gateways.set("infra/eg", { key: "infra/eg", listeners: list });
}

function route(i: number, path: string, count: number): Route {
  const namespace = `ns-${i % namespaces}`;
  const hosts = Math.max(1, Math.floor(count / routesPerHost));
  return {
    key: `${namespace}/r-${i}`,
    namespace,
    parents: ["infra/eg"],
    hostnames: [`h${i % hosts}.example.com`],
    rules: [{ path, backends: [{ namespace, name: `svc-${i % count}` }] }],
  };
}

/** Runs an event so many times. The first tenth of them is left out of the times: the machine warms up. */
function measure(graph: Graph, event: string, routes: number, times: number, run: (i: number) => void): Row {
  const took: number[] = [];
  collectGarbage();
  const computationsBefore = computations(graph);
  const heapBefore = process.memoryUsage().heapUsed;
  let allocated = 0;
  let heap = heapBefore;
  for (let i = 0; i < times; i++) {
    const started = process.hrtime.bigint();
    run(i);
    took.push(Number(process.hrtime.bigint() - started) / 1000);
    if (i % 10 !== 9 && i !== times - 1) continue;
    const now = process.memoryUsage().heapUsed;
    if (now > heap) allocated += now - heap;
    heap = process.memoryUsage().heapUsed;
  }
  const counted = took.slice(Math.floor(times / 10)).sort((a, b) => a - b);
  return {
    event,
    routes,
    times,
    p50Microseconds: quantile(counted, 0.5),
    p95Microseconds: quantile(counted, 0.95),
    computations: (computations(graph) - computationsBefore) / times,
    allocatedBytes: allocated / times,
    markMicroseconds: marks[event],
  };
}

function computations(graph: Graph): number {
  return graph.describe().nodes.reduce((sum, node) => sum + node.runs, 0);
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function print({ routes, heapMegabytes, rssMegabytes, rows }: ReturnType<typeof measureAll>): void {
  const [low, high] = heapMark;
  console.log(
    `\n${routes} routes: heap ${heapMegabytes.toFixed(0)} MB, process ${rssMegabytes.toFixed(0)} MB (marks at 10,000: heap ${low}-${high} MB)`,
  );
  console.log(line(["event", "p50", "p95", "computations", "allocated", "mark at 10,000", "p50 to mark"]));
  for (const row of rows) {
    const cells = [
      duration(row.p50Microseconds),
      duration(row.p95Microseconds),
      row.computations.toFixed(1),
      bytes(row.allocatedBytes),
    ];
    console.log(line([row.event, ...cells, ...compare(row)]));
  }
}

/** The mark, and how the median compares to its better end: 0.5 is twice as fast. */
function compare({ markMicroseconds: mark, p50Microseconds }: Row): readonly string[] {
  if (mark === undefined) return [];
  const [low, high] = mark;
  return [`${duration(low)}-${duration(high)}`, (p50Microseconds / low).toFixed(2)];
}

function line([first = "", ...cells]: readonly string[]): string {
  return first.padEnd(24) + cells.map((cell) => cell.padStart(16)).join("");
}

function duration(microseconds: number): string {
  return microseconds < 10_000 ? `${microseconds.toFixed(0)} us` : `${(microseconds / 1000).toFixed(0)} ms`;
}

function bytes(count: number): string {
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}
