import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetricRegistry, type Reading } from "./metric-registry.ts";

const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("counts events and durations in the format of Prometheus", async () => {
  const registry = createMetricRegistry();
  const add = registry.counter({ name: "events_total", help: "Events.", labels: ["kind"] });
  const took = registry.durations({ name: "work_seconds", help: "Work." }, [0.1, 1]);
  add({ kind: "a" });
  add({ kind: "a" }, 2);
  took(0.5);
  assert.deepEqual(lines(await registry.text()), [
    'events_total{kind="a"} 3',
    'work_seconds_bucket{le="0.1"} 0',
    'work_seconds_bucket{le="1"} 1',
    'work_seconds_bucket{le="+Inf"} 1',
    "work_seconds_sum 0.5",
    "work_seconds_count 1",
  ]);
  assert.match(registry.contentType, /^text\/plain; version=0\.0\.4/);
});

test("reads values when asked, and forgets the series of what is gone", async () => {
  const registry = createMetricRegistry();
  let present: readonly Reading[] = [
    { labels: { of: "a" }, value: 1 },
    { labels: { of: 'b"\n' }, value: 2 },
  ];
  registry.reading("gauge", { name: "size", help: "Size.", labels: ["of"] }, () => present);
  registry.reading("counter", { name: "runs_total", help: "Runs." }, () => [{ value: 7 }]);
  assert.deepEqual(lines(await registry.text()), ['size{of="a"} 1', 'size{of="b\\"\\n"} 2', "runs_total 7"]);
  present = [{ labels: { of: "a" }, value: 5 }];
  assert.deepEqual(lines(await registry.text()), ['size{of="a"} 5', "runs_total 7"]);
});
