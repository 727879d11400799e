/** Access logs of the proxies: `spec.telemetry.accessLog` of EnvoyProxy. */

import { exportHeaders } from "../../api/envoy/export-headers.ts";
import {
  backendFields,
  backendKindRules,
  hostOrBackendFields,
  hostOrBackendRules,
  noSingleBackend,
} from "../../api/envoy/telemetry-backend.ts";
import { boolean, choice, list, map, object, optional, string } from "../../api/schema/vocabulary.ts";

const format = object(
  "What a line holds, in Envoy's command operators.",
  {
    json: optional(map("The members of a JSON line.", string("Format of the value."))),
    text: optional(string("The line as text.")),
    type: optional(choice("Which form; both may be set without it, for OpenTelemetry's body and attributes.", ["Text", "JSON"])),
  },
  {
    rules: [
      ...(
        [
          ["Text", "text", "json"],
          ["JSON", "json", "text"],
        ] as const
      ).flatMap(([type, its, other]) => [
        {
          rule: `has(self.type) && self.type == '${type}' ? has(self.${its}) : true`,
          message: `If AccessLogFormat type is ${type}, ${its} field needs to be set.`,
        },
        {
          rule: `has(self.type) && self.type == '${type}' ? !has(self.${other}) : true`,
          message: `If AccessLogFormat type is ${type}, ${other} field must not be set.`,
        },
      ]),
      {
        rule: "!has(self.type) ? (has(self.text) || has(self.json)) : true",
        message: "If AccessLogFormat type is unset, at least one of text or json must be set.",
      },
    ],
  },
);

const headerNames = (description: string) => list(description, string("Name of a header."));

const als = object(
  "A server of Envoy's access log service.",
  {
    ...backendFields,
    http: optional(
      object("Headers that are sent along, for the type HTTP.", {
        requestHeaders: optional(headerNames("Of the request.")),
        responseHeaders: optional(headerNames("Of the answer.")),
        responseTrailers: optional(headerNames("Of the answer's trailers.")),
      }),
    ),
    logName: optional(string("Name of the log; by default that of the Gateway.", { minLength: 1 })),
    type: choice("Whether requests or connections are logged.", ["HTTP", "TCP"]),
  },
  {
    rules: [
      { rule: "self.type == 'HTTP' || !has(self.http)", message: "The http field may only be set when type is HTTP." },
      noSingleBackend,
      {
        rule: "has(self.backendRefs) && self.backendRefs.size() > 0",
        message: "must have at least one backend in backendRefs",
      },
      ...backendKindRules,
    ],
  },
);

const openTelemetry = object(
  "A server that takes logs by OTLP over gRPC.",
  {
    ...hostOrBackendFields(),
    headers: optional(exportHeaders),
    resourceAttributes: optional(map("Attributes of the resource that the lines come from.", string("Value."))),
    resources: optional(map("Deprecated: use `resourceAttributes`.", string("Value."))),
  },
  {
    rules: [
      ...hostOrBackendRules,
      {
        rule: "!has(self.resources) || !has(self.resourceAttributes)",
        message: "either resources or resourceAttributes can be set, not both",
      },
    ],
  },
);

const sink = object(
  "One place that lines go to.",
  {
    als: optional(als),
    file: optional(object("A file.", { path: optional(string("Path; /dev/stdout where it is left out.", { minLength: 1 })) })),
    openTelemetry: optional(openTelemetry),
    type: optional(choice("What kind of place.", ["ALS", "File", "OpenTelemetry"])),
  },
  {
    rules: (
      [
        ["ALS", "als"],
        ["File", "file"],
        ["OpenTelemetry", "openTelemetry"],
      ] as const
    ).map(([type, field]) => ({
      rule: `self.type == '${type}' ? has(self.${field}) : !has(self.${field})`,
      message: `If AccessLogSink type is ${type}, ${field} field needs to be set.`,
    })),
  },
);

const setting = object("A format and the places that lines go to.", {
  format: optional(format),
  matches: optional(
    list("Only requests are logged for which all these CEL expressions hold.", string("A CEL expression."), { maxItems: 10 }),
  ),
  sinks: list("Where lines go.", sink, { minItems: 1, maxItems: 50 }),
  type: optional(
    choice(
      "Which traffic: what no route took (Listener), what a route took (Route), tries (Upstream); left out: the first two.",
      ["Listener", "Route", "Upstream"],
    ),
  ),
});

/** Access logs. */
export const accessLog = object("Access logs. Left out: JSON lines to standard output.", {
  disable: optional(boolean("No access log at all.")),
  settings: optional(list("What is logged, and where to.", setting, { minItems: 1, maxItems: 50 })),
});
