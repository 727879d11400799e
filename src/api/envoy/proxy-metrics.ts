/** Metrics of the proxies: `spec.telemetry.metrics` of EnvoyProxy. */
import { boolean, choice, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { exportHeaders } from "./export-headers.ts";
import { byteQuantity } from "./quantity.ts";
import { hostOrBackendFields, hostOrBackendRules } from "./telemetry-backend.ts";

const openTelemetry = object(
  "A server that takes metrics by OTLP over gRPC.",
  {
    ...hostOrBackendFields({ maximum: 65535 }),
    headers: optional(exportHeaders),
    reportCountersAsDeltas: optional(boolean("Counters tell what was added since the last export.")),
    reportHistogramsAsDeltas: optional(boolean("Histograms tell what was added since the last export.")),
    resourceAttributes: optional(map("Attributes of the resource that metrics come from.", string("Value."))),
  },
  { rules: hostOrBackendRules },
);

const sink = object(
  "One place that metrics go to.",
  {
    openTelemetry: optional(openTelemetry),
    type: choice("What kind of place.", ["OpenTelemetry"], { default: "OpenTelemetry" }),
  },
  {
    required: ["type"],
    rules: [
      {
        rule: "self.type == 'OpenTelemetry' ? has(self.openTelemetry) : !has(self.openTelemetry)",
        message: "If MetricSink type is OpenTelemetry, openTelemetry field needs to be set.",
      },
    ],
  },
);

const prometheus = object("The endpoint that Prometheus asks.", {
  compression: optional(
    object("Answers are compressed.", {
      brotli: optional(object("What only Brotli has.", {})),
      gzip: optional(object("What only Gzip has.", {})),
      minContentLength: optional(byteQuantity("Shorter answers are not compressed.")),
      type: choice("The method.", ["Gzip", "Brotli", "Zstd"]),
      zstd: optional(object("What only Zstd has.", {})),
    }),
  ),
  disable: optional(boolean("There is no such endpoint.")),
});

const stringMatch = object("A comparison.", {
  type: choice("How `value` is compared.", ["Exact", "Prefix", "Suffix", "RegularExpression"], { default: "Exact" }),
  value: string("What to compare with.", { minLength: 1, maxLength: 1024 }),
});

/** Metrics of the proxies. */
export const proxyMetrics = object("Which metrics proxies keep, and where they go.", {
  clusterStatName: optional(
    string(
      "Name of a cluster in metrics; may hold operators like %ROUTE_NAME%, %ROUTE_NAMESPACE%, %ROUTE_KIND% and %BACKEND_REFS%.",
    ),
  ),
  enableGRPCStats: optional(boolean("Metrics of gRPC requests, by method.")),
  enablePerEndpointStats: optional(boolean("Metrics of each endpoint.")),
  enableRequestResponseSizesStats: optional(boolean("Histograms of the sizes of requests and answers.")),
  enableVirtualHostStats: optional(boolean("Metrics of each virtual host.")),
  matches: optional(list("Only metrics whose names match are kept.", stringMatch)),
  prometheus: optional(prometheus),
  sinks: optional(list("Where metrics are sent.", sink, { maxItems: 16 })),
});
