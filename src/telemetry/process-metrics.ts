import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MetricRegistry } from "./metric-registry.ts";

/** How finely delays of the event loop are seen, in milliseconds. */
const resolutionMs = 10;

const nanosecondsPerSecond = 1e9;

/** Names the process and its runtime in the way of Prometheus' own client libraries. Returns a function that ends the measuring. */
export function measureProcess(registry: MetricRegistry): () => void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  registry.reading(
    "counter",
    { name: "process_cpu_seconds_total", help: "CPU time of the control plane, user and system, in seconds." },
    () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    },
  );
  registry.reading("gauge", { name: "process_resident_memory_bytes", help: "Resident memory of the control plane." }, () => [
    { value: process.memoryUsage.rss() },
  ]);
  registry.reading("gauge", { name: "nodejs_heap_size_used_bytes", help: "Memory of JavaScript objects in use." }, () => [
    { value: process.memoryUsage().heapUsed },
  ]);
  const startTime = Date.now() / 1000 - process.uptime();
  registry.reading(
    "gauge",
    { name: "process_start_time_seconds", help: "When the process was started, in seconds since 1970." },
    () => [{ value: startTime }],
  );
  registry.reading(
    "gauge",
    {
      name: "envoy_gateway_event_loop_delay_seconds",
      help: "How long callbacks waited for the event loop since the metrics were last read; quantile 1 is the longest.",
      labels: ["quantile"],
    },
    () => {
      // The timer of the measuring is part of every delay.
      const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / nanosecondsPerSecond - resolutionMs / 1000);
      const found = [
        { labels: { quantile: "0.5" }, value: seconds(delays.percentile(50)) },
        { labels: { quantile: "0.99" }, value: seconds(delays.percentile(99)) },
        { labels: { quantile: "1" }, value: seconds(delays.max) },
      ];
      delays.reset();
      return found;
    },
  );
  return () => delays.disable();
}
