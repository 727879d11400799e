/** Metrics and traces of the control plane: `telemetry` of the EnvoyGateway file. */
import { fraction } from "../envoy/fraction.ts";
import { duration } from "../gateway/names.ts";
import { boolean, choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";

const sink = object(
  "A server that takes them.",
  {
    openTelemetry: optional(
      object("A server that speaks OTLP.", {
        exportInterval: optional(duration("Time between exports.")),
        exportTimeout: optional(duration("Time for one export.")),
        host: string("Its host name."),
        port: integer("Its port.", { default: 4317, format: "int32", minimum: 0, maximum: 65535 }),
        protocol: choice("How it is spoken to.", ["grpc", "http"], { default: "grpc" }),
      }),
    ),
    type: choice("What kind of server.", ["OpenTelemetry"], { default: "OpenTelemetry" }),
  },
  { rules: [{ rule: "has(self.openTelemetry)", message: "openTelemetry must be set if type is OpenTelemetry" }] },
);

/** Telemetry of the control plane. */
export const telemetry = object("What the control plane tells about itself.", {
  metrics: optional(
    object("Metrics.", {
      prometheus: optional(
        object("The endpoint for Prometheus, port 19001, path /metrics.", {
          disable: boolean("There is none.", { default: false }),
        }),
      ),
      sinks: optional(list("Where metrics are sent.", sink)),
    }),
  ),
  traces: optional(
    object("Traces. Left out: there are none.", {
      samplingRate: optional(fraction("Share that is traced.")),
      sink: optional(sink),
    }),
  ),
});
