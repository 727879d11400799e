/** Health checks of a backend's endpoints. */
import { duration, preciseHostname } from "../gateway/names.ts";
import { boolean, choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { healthCheckLogFields } from "./health-check-log.ts";

/** Bytes of a check: as text, or as base64. */
function payload(description: string) {
  return object(
    description,
    {
      binary: optional(string("The bytes, base64.", { format: "byte" })),
      text: optional(string("The bytes as text.")),
      type: choice("Which of the other two fields is set.", ["Text", "Binary"], { listed: "twice" }),
    },
    {
      rules: [
        {
          rule: "self.type == 'Text' ? has(self.text) : !has(self.text)",
          message: "If payload type is Text, text field needs to be set.",
        },
        {
          rule: "self.type == 'Binary' ? has(self.binary) : !has(self.binary)",
          message: "If payload type is Binary, binary field needs to be set.",
        },
      ],
    },
  );
}

const statusCode = integer("A status code.", { minimum: 100, maximum: 599 });

const httpCheck = object(
  "A check by HTTP request.",
  {
    expectedResponse: optional(payload("What the answer must hold.")),
    expectedStatuses: optional(list("Statuses of a healthy endpoint; 200 where it is left out.", statusCode)),
    hostname: optional(preciseHostname("The Host that is asked for.")),
    method: optional(string("The method; GET where it is left out.", { maxLength: 16 })),
    path: string("The path that is asked for.", { minLength: 1, maxLength: 1024 }),
    requestBody: optional(payload("Body of the request.")),
    retriableStatuses: optional(list("Statuses that count as a failure only when they come again.", statusCode)),
  },
  {
    rules: [
      {
        rule: "!has(self.requestBody) || (has(self.method) && self.method.upperAscii() in ['POST','PUT'])",
        message: "The requestBody field can only be set when method is POST or PUT.",
      },
    ],
  },
);

const activeCheck = object(
  "The proxy asks the endpoints.",
  {
    grpc: optional(
      object("A check by the gRPC health protocol.", { service: optional(string("The service that is asked about.")) }),
    ),
    healthCheckLog: optional(object("Where the outcomes of checks are logged.", healthCheckLogFields)),
    healthyThreshold: integer("Good checks in a row that make an endpoint healthy.", { default: 1, format: "int32", minimum: 1 }),
    http: optional(httpCheck),
    initialJitter: optional(duration("Random wait before the first check.")),
    interval: duration("Time between checks.", { default: "3s" }),
    overrides: optional(
      object("What is different for checks.", {
        port: optional(
          integer("Port that is checked instead of the endpoint's.", { format: "int32", minimum: 1, maximum: 65535 }),
        ),
      }),
    ),
    tcp: optional(
      object("A check by TCP connection.", {
        receive: optional(payload("What must be received.")),
        send: optional(payload("What is sent.")),
      }),
    ),
    timeout: duration("Time for the answer.", { default: "1s" }),
    type: choice("What kind of check.", ["HTTP", "TCP", "GRPC"], { listed: "twice" }),
    unhealthyThreshold: integer("Bad checks in a row that make an endpoint unhealthy.", {
      default: 3,
      format: "int32",
      minimum: 1,
    }),
  },
  {
    rules: [
      {
        rule: "self.type == 'HTTP' ? has(self.http) : !has(self.http)",
        message: "If Health Checker type is HTTP, http field needs to be set.",
      },
      {
        rule: "self.type == 'TCP' ? has(self.tcp) : !has(self.tcp)",
        message: "If Health Checker type is TCP, tcp field needs to be set.",
      },
      {
        rule: "has(self.grpc) ? self.type == 'GRPC' : true",
        message: "The grpc field can only be set if the Health Checker type is GRPC.",
      },
    ],
  },
);

const passiveCheck = object("Endpoints that fail requests are left out for a while.", {
  alwaysEjectOneEndpoint: boolean("One endpoint may be left out even where that is more than maxEjectionPercent.", {
    default: false,
  }),
  baseEjectionTime: duration("How long an endpoint is left out, times how often that happened.", { default: "30s" }),
  consecutive5XxErrors: integer("Answers 5xx in a row.", { default: 5, format: "int32" }),
  consecutiveGatewayErrors: optional(integer("Answers 502, 503 or 504 in a row.", { format: "int32" })),
  consecutiveLocalOriginFailures: integer("Failed connections in a row.", { default: 5, format: "int32" }),
  failurePercentageThreshold: optional(integer("Share of failed requests.", { format: "int32", minimum: 0, maximum: 100 })),
  interval: duration("Time between looks at the counters.", { default: "3s" }),
  maxEjectionPercent: integer("Share of the endpoints that may be left out at a time.", {
    default: 10,
    format: "int32",
    minimum: 0,
    maximum: 100,
  }),
  splitExternalLocalOriginErrors: boolean("Failed connections are counted apart from bad answers.", { default: false }),
});

/** Active and passive health checks. */
export const healthCheck = object("How unhealthy endpoints are found.", {
  active: optional(activeCheck),
  panicThreshold: optional(
    integer("Below this share of healthy endpoints, health is disregarded.", { format: "int32", minimum: 0, maximum: 100 }),
  ),
  passive: optional(passiveCheck),
});
