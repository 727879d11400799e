import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The labels of one series: name to value. */
export type Labels = Readonly<Record<string, string>>;

/** The present value of one series. */
export interface Reading {
  readonly labels?: Labels;
  readonly value: number;
}

/** A metric: its name as it is shown, what it means in one sentence, and the names of its labels. */
export interface MetricHead {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** A metric with the values of all its series at one moment, as prom-client gives it. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  /** Series of histograms have a name of their own: `<name>_bucket` (with the label `le`), `<name>_sum`, `<name>_count`. */
  readonly values: readonly {
    readonly value: number;
    readonly labels: Labels;
    readonly metricName?: string;
  }[];
}

/** The metrics of one control plane. */
export interface MetricRegistry {
  /** Counts events; the returned function adds `amount` (default 1). */
  counter(head: MetricHead): (labels?: Labels, amount?: number) => void;
  /** Counts durations in buckets with these upper bounds; the returned function takes seconds. */
  durations(head: MetricHead, bounds: readonly number[]): (seconds: number, labels?: Labels) => void;
  /** A value that is read from where it is kept when somebody asks. `counter`: it only grows. */
  reading(type: "counter" | "gauge", head: MetricHead, read: () => Iterable<Reading>): void;
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>;
  /** The media type of that format. */
  readonly contentType: string;
  /** All metrics as values. */
  collect(): Promise<readonly CollectedMetric[]>;
}

/** Makes an empty registry. */
export function createMetricRegistry(): MetricRegistry {
  const registry = new Registry();
  const registered = ({ name, help, labels = [] }: MetricHead) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter(head) {
      const counter = new Counter(registered(head));
      return (labels = {}, amount = 1) => counter.inc({ ...labels }, amount);
    },
    durations(head, bounds) {
      const histogram = new Histogram({ ...registered(head), buckets: [...bounds] });
      return (seconds, labels = {}) => histogram.observe({ ...labels }, seconds);
    },
    reading(type, head, read) {
      const Metric = type === "counter" ? Counter : Gauge;
      const metric = new Metric({
        ...registered(head),
        collect() {
          // Series of what is gone must not stay.
          metric.reset();
          for (const { labels = {}, value } of read()) metric.inc({ ...labels }, value);
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    collect: async () => (await registry.getMetricsAsJSON()).map(collected),
  };
}

/** The library's types say that `type` is a number; it is a word. */
function collected({ name, help, type, values }: Awaited<ReturnType<Registry["getMetricsAsJSON"]>>[number]): CollectedMetric {
  return {
    name,
    help,
    type: String(type),
    values: values.map((series) => ({
      value: series.value,
      labels: Object.fromEntries(Object.entries(series.labels).map(([label, value]) => [label, String(value)])),
      ...("metricName" in series ? { metricName: String(series.metricName) } : {}),
    })),
  };
}
