/** Tracing by the proxies: `spec.telemetry.tracing` of EnvoyProxy. */
import { boolean, choice, integer, map, object, optional, string } from "../schema/vocabulary.ts";
import { exportHeaders } from "./export-headers.ts";
import { fraction } from "./fraction.ts";
import { hostOrBackendFields, hostOrBackendRules } from "./telemetry-backend.ts";

const customTag = object(
  "A tag of every span.",
  {
    environment: optional(
      object("From an environment variable of the proxy.", {
        defaultValue: optional(string("Where the variable is not set.")),
        name: string("Name of the variable."),
      }),
    ),
    literal: optional(object("As it stands.", { value: string("The value.") })),
    requestHeader: optional(
      object("From a header of the request.", {
        defaultValue: optional(string("Where the header is missing.")),
        name: string("Name of the header."),
      }),
    ),
    type: choice("Where the value comes from.", ["Literal", "Environment", "RequestHeader"], { default: "Literal" }),
  },
  { required: ["type"] },
);

const samplers = [
  "AlwaysOn",
  "AlwaysOff",
  "TraceIdRatio",
  "ParentBasedAlwaysOn",
  "ParentBasedAlwaysOff",
  "ParentBasedTraceIdRatio",
] as const;

const openTelemetry = object("What only OpenTelemetry has.", {
  headers: optional(exportHeaders),
  resourceAttributes: optional(map("Attributes of the resource that spans come from.", string("Value."))),
  sampler: optional(
    object(
      "Which traces are sampled.",
      {
        samplingPercentage: optional(fraction("Share of the traces, for the types with TraceIdRatio.")),
        type: choice("How it is decided.", samplers, { default: "AlwaysOn" }),
      },
      {
        required: ["type"],
        rules: [
          {
            rule: "has(self.samplingPercentage) ? (self.type == 'TraceIdRatio' || self.type == 'ParentBasedTraceIdRatio') : true",
            message: "samplingPercentage can only be set with TraceIdRatio or ParentBasedTraceIdRatio",
          },
        ],
      },
    ),
  ),
});

const provider = object(
  "Who takes the spans.",
  {
    ...hostOrBackendFields(),
    openTelemetry: optional(openTelemetry),
    serviceName: optional(
      string("Name of the service in the spans; by default that of the Gateway.", {
        rules: [{ rule: 'self != ""', message: "serviceName cannot be empty if provided" }],
      }),
    ),
    type: choice("What kind of server.", ["OpenTelemetry", "Zipkin", "Datadog"], { default: "OpenTelemetry" }),
    zipkin: optional(
      object("What only Zipkin has.", {
        disableSharedSpanContext: optional(boolean("Client and server have spans of their own.")),
        enable128BitTraceId: optional(boolean("Trace IDs of 128 bits instead of 64.")),
      }),
    ),
  },
  {
    required: ["type"],
    rules: [
      ...hostOrBackendRules,
      {
        rule: "has(self.openTelemetry) ? self.type == 'OpenTelemetry' : true",
        message: "openTelemetry can only be used with type OpenTelemetry",
      },
    ],
  },
);

/** Tracing. */
export const tracing = object(
  "Spans for the requests that the proxies handle.",
  {
    clientSamplingFraction: optional(fraction("Share of the requests with x-client-trace-id that are traced.")),
    customTags: optional(map("Tags of every span, by name. Deprecated: use `tags`.", customTag)),
    overallSamplingFraction: optional(fraction("Upper bound of the share of all requests that are traced.")),
    provider,
    samplingFraction: optional(fraction("Share of the requests that are traced.")),
    samplingRate: optional(
      integer("Share of the requests that are traced, in percent; 100 where neither is set.", {
        format: "int32",
        minimum: 0,
        maximum: 100,
      }),
    ),
    spanName: optional(
      object("Names of the spans, in Envoy's command operators.", {
        client: string("Of requests from clients."),
        server: string("Of requests to backends."),
      }),
    ),
    tags: optional(map("Tags of every span, by name, in Envoy's command operators.", string("Format of the value."))),
  },
  {
    rules: [
      {
        rule: "!(has(self.samplingRate) && has(self.samplingFraction))",
        message: "only one of SamplingRate or SamplingFraction can be specified",
      },
    ],
  },
);
