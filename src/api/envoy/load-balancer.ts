/** How an endpoint is chosen for a request. */
import { duration } from "../gateway/names.ts";
import type { ValidationRule } from "../schema/schema.ts";
import { anything, boolean, choice, integer, list, map, object, optional, string } from "../schema/vocabulary.ts";

const headerField = { name: string("Name of the header.") };

const consistentHash = object(
  "Requests with an equal property go to the same endpoint.",
  {
    cookie: optional(
      object("A cookie; the proxy sets it where it is missing and `ttl` is set.", {
        attributes: optional(map("Further attributes of the cookie.", string("Value."))),
        name: string("Name of the cookie."),
        ttl: optional(duration("Lifetime of a cookie that the proxy sets.")),
      }),
    ),
    header: optional(object("One header.", headerField)),
    headers: optional(list("Several headers.", object("A header.", headerField))),
    queryParams: optional(list("Query parameters.", object("A query parameter.", { name: string("Name of the parameter.") }))),
    tableSize: integer("Size of the Maglev table: a prime number.", {
      default: 65537,
      format: "int64",
      minimum: 2,
      maximum: 5000011,
    }),
    type: choice("Which property.", ["SourceIP", "Header", "Headers", "Cookie", "QueryParams"]),
  },
  {
    rules: (["header", "headers", "cookie", "queryParams"] as const).map((field) =>
      onlyWithType(field, capitalized(field), `If consistent hash type is ${field}, the ${field} field must be set.`),
    ),
  },
);

const backendUtilization = object("By the load that endpoints report (ORCA).", {
  blackoutPeriod: optional(duration("A new endpoint has no weight of its own for so long.")),
  errorUtilizationPenaltyPercent: optional(
    integer("How much failed requests count against an endpoint, in percent.", { format: "int32", minimum: 0 }),
  ),
  keepResponseHeaders: boolean("The headers with the report are passed on to the client.", { default: false }),
  metricNamesForComputingUtilization: optional(list("The metrics that make up the load.", string("Name of a metric."))),
  outOfBand: optional(
    object("Reports are asked for instead of taken from answers.", {
      authority: optional(
        string("The authority that is asked for.", { minLength: 1, maxLength: 259, pattern: "^[^\\x00\\n\\r]*$" }),
      ),
      port: optional(integer("The port that is asked.", { format: "int32", minimum: 1, maximum: 65535 })),
      reportingPeriod: optional(
        string("Time between reports.", {
          pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
          rules: [{ rule: "duration(self) > duration('0s')", message: "reportingPeriod must be greater than 0" }],
        }),
      ),
    }),
  ),
  weightExpirationPeriod: optional(duration("A report counts for so long.")),
  weightUpdatePeriod: optional(duration("Time between computations of the weights.")),
});

const zoneAware = object("Endpoints of certain zones are preferred.", {
  preferLocal: optional(
    object("Those of the proxy's own zone.", {
      force: optional(
        object("All requests stay in the zone while it has enough endpoints.", {
          minEndpointsInZoneThreshold: optional(integer("So many endpoints are enough.", { format: "int32" })),
        }),
      ),
      minEndpointsThreshold: optional(
        integer("Endpoints of the backend below which zones are disregarded.", { format: "int64" }),
      ),
      percentageEnabled: optional(
        integer("Share of the requests that are routed by zone.", { format: "int32", minimum: 0, maximum: 100 }),
      ),
    }),
  ),
  weightedZones: optional(
    list(
      "A weight for each zone.",
      object("A zone.", { weight: integer("Its weight.", { format: "int32" }), zone: string("Its name.") }),
      { by: ["zone"] },
    ),
  ),
});

const rules: readonly ValidationRule[] = [
  ...(
    [
      // Envoy Gateway's words name the first one so.
      ["consistentHash", "consistentHash"],
      ["backendUtilization", "BackendUtilization"],
      ["dynamicModule", "DynamicModule"],
    ] as const
  ).map(([field, called]) =>
    onlyWithType(field, capitalized(field), `If LoadBalancer type is ${called}, ${field} field needs to be set.`),
  ),
  {
    rule: "self.type in ['Random', 'ConsistentHash', 'DynamicModule'] ? !has(self.slowStart) : true",
    message: "Currently SlowStart is only supported for RoundRobin, LeastRequest, and BackendUtilization load balancers.",
  },
  {
    rule: "self.type == 'ConsistentHash' && has(self.zoneAware) ? !has(self.zoneAware.preferLocal) : true",
    message: "PreferLocal zone-aware routing is not supported for ConsistentHash load balancers. Use weightedZones instead.",
  },
  {
    rule: "self.type == 'BackendUtilization' && has(self.zoneAware) ? !has(self.zoneAware.preferLocal) : true",
    message:
      "PreferLocal zone-aware routing is not currently supported for BackendUtilization load balancers. Only WeightedZones can be used with BackendUtilization.",
  },
  {
    rule: "self.type == 'DynamicModule' ? !has(self.zoneAware) : true",
    message: "ZoneAware routing is not supported for DynamicModule load balancers.",
  },
  {
    rule: "has(self.zoneAware) ? !(has(self.zoneAware.preferLocal) && has(self.zoneAware.weightedZones)) : true",
    message: "ZoneAware PreferLocal and WeightedZones cannot be specified together.",
  },
  {
    rule: "self.type == 'DynamicModule' ? !has(self.endpointOverride) : true",
    message: "EndpointOverride is not supported for DynamicModule load balancers.",
  },
];

/** Load balancing of one backend. */
export const loadBalancer = object(
  "How an endpoint is chosen; LeastRequest where it is left out.",
  {
    backendUtilization: optional(backendUtilization),
    consistentHash: optional(consistentHash),
    dynamicModule: optional(
      object("A policy in a dynamic module of the EnvoyProxy.", {
        config: optional(anything("Configuration of the policy.")),
        lbPolicyName: string("Name of the policy in the module.", { minLength: 1, maxLength: 253 }),
        name: string("Name of the module.", { minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }),
      }),
    ),
    endpointOverride: optional(
      object("The request itself names the endpoint.", {
        extractFrom: list(
          "Where the endpoint is found; the first that is there counts.",
          object("A place.", { header: optional(string("A header.")) }),
          { minItems: 1, maxItems: 10 },
        ),
      }),
    ),
    slowStart: optional(
      object("New endpoints get their full share only after a while.", { window: duration("After how long.") }),
    ),
    type: choice("The policy.", [
      "ConsistentHash",
      "LeastRequest",
      "Random",
      "RoundRobin",
      "BackendUtilization",
      "DynamicModule",
    ]),
    zoneAware: optional(zoneAware),
  },
  { rules },
);

function onlyWithType(field: string, type: string, message: string): ValidationRule {
  return { rule: `self.type == '${type}' ? has(self.${field}) : !has(self.${field})`, message };
}

function capitalized(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}
