import assert from "node:assert/strict";
import { test } from "node:test";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import { createMetricRegistry } from "./metric-registry.ts";
import { otlpData } from "./otlp-data.ts";

test("tells OpenTelemetry the same: counters as sums, gauges, and buckets each by itself", async () => {
  const registry = createMetricRegistry();
  registry.counter({ name: "events_total", help: "Events.", labels: ["kind"] })({ kind: "a" }, 3);
  registry.reading("gauge", { name: "size", help: "Size." }, () => [{ value: 4 }]);
  const took = registry.durations({ name: "work_seconds", help: "Work.", labels: ["of"] }, [0.1, 1]);
  for (const seconds of [0.05, 0.5, 0.7, 3]) took(seconds, { of: "x" });
  took(0.01, { of: "y" });
  const found = otlpData(await registry.collect(), { from: 1_500, to: 2_250 });
  assert.deepEqual(
    found.map(({ descriptor, dataPointType }) => [descriptor.name, dataPointType]),
    [
      ["events_total", DataPointType.SUM],
      ["size", DataPointType.GAUGE],
      ["work_seconds", DataPointType.HISTOGRAM],
    ],
  );
  const times = { startTime: [1, 500e6], endTime: [2, 250e6] };
  assert.deepEqual(found[0]?.dataPoints, [{ value: 3, attributes: { kind: "a" }, ...times }]);
  assert.deepEqual(
    found[2]?.dataPoints.map(({ value, attributes }) => [attributes, value]),
    [
      [{ of: "x" }, { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, sum: 4.25, count: 4 }],
      [{ of: "y" }, { buckets: { boundaries: [0.1, 1], counts: [1, 0, 0] }, sum: 0.01, count: 1 }],
    ],
  );
});

test("leaves out what has no values", async () => {
  const registry = createMetricRegistry();
  registry.reading("gauge", { name: "size", help: "Size.", labels: ["of"] }, () => []);
  assert.deepEqual(otlpData(await registry.collect(), { from: 0, to: 0 }), []);
});
