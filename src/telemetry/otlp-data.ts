import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from "@opentelemetry/sdk-metrics";
import type { CollectedMetric } from "./metric-registry.ts";

type Series = CollectedMetric["values"][number];

/** The time over which counters have counted, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Metrics as OpenTelemetry has them (opentelemetry/proto/metrics/v1/metrics.proto), cumulative since the start. Names stay as they
 * are, so that both outlets tell the same.
 */
export function otlpData(metrics: readonly CollectedMetric[], span: Span): MetricData[] {
  return metrics.filter(({ values }) => values.length > 0).map((metric) => dataOf(metric, span));
}

function dataOf({ name, help, type, values }: CollectedMetric, span: Span): MetricData {
  const base = {
    descriptor: { name, description: help, unit: "", valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (type === "histogram") return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(values, span) };
  const dataPoints = values.map(({ value, labels }) => point(value, labels, span));
  if (type === "counter") return { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  return { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}

/** Gathers the series of each histogram: `_bucket` counts all that is not above its bound, OpenTelemetry each bucket by itself. */
function histograms(values: readonly Series[], span: Span): DataPoint<Histogram>[] {
  const byLabels = Map.groupBy(values, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  return Array.from(byLabels.values(), (series) => {
    const buckets = series.filter(({ metricName }) => metricName?.endsWith("_bucket"));
    const sum = series.find(({ metricName }) => metricName?.endsWith("_sum"))?.value ?? 0;
    const count = series.find(({ metricName }) => metricName?.endsWith("_count"))?.value ?? 0;
    const boundaries = buckets.map(({ labels }) => Number(labels.le)).filter(Number.isFinite);
    const upTo = [...buckets.slice(0, boundaries.length).map(({ value }) => value), count];
    const counts = upTo.map((value, at) => value - (upTo[at - 1] ?? 0));
    const { le: _, ...labels } = series[0]?.labels ?? {};
    return point({ buckets: { boundaries, counts }, sum, count }, labels, span);
  });
}

function point<T>(value: T, attributes: Series["labels"], { from, to }: Span): DataPoint<T> {
  return { value, attributes: { ...attributes }, startTime: hrTime(from), endTime: hrTime(to) };
}

function hrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), Math.round((milliseconds % 1000) * 1e6)];
}
