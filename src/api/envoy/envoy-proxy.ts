/** EnvoyProxy, gateway.envoyproxy.io/v1alpha1: how the proxies of a GatewayClass or Gateway are run and set up. */

import { accessLog } from "../../features/access-log/schema.ts";
import { filterOrder } from "../../features/filter-order/schema.ts";
import { duration } from "../gateway/names.ts";
import { labelSelector } from "../gateway/selector.ts";
import { defineKind, type ObjectOf } from "../schema/kind.ts";
import type { Schema } from "../schema/schema.ts";
import { boolean, choice, integer, list, map, object, optional, string } from "../schema/vocabulary.ts";
import { ancestors } from "./ancestor-status.ts";
import { dynamicModules } from "./dynamic-modules.ts";
import { geoIP } from "./geo-ip.ts";
import { healthCheckLogFields } from "./health-check-log.ts";
import { jsonPatchOperation } from "./json-patch.ts";
import { proxyKubernetes } from "./proxy-kubernetes.ts";
import { proxyMetrics } from "./proxy-metrics.ts";
import { tlsRules, upstreamTlsFields } from "./tls-settings.ts";
import { tracing } from "./tracing.ts";

const provider = object("Where the proxies run.", {
  host: optional(
    object("Proxies that run as processes on the machine.", { envoyVersion: optional(string("Version of Envoy to run.")) }),
  ),
  kubernetes: optional(proxyKubernetes),
  type: choice("On Kubernetes, or on the machine of the control plane.", ["Kubernetes", "Host"]),
});

const bootstrap = object(
  "Changes of Envoy's bootstrap configuration.",
  {
    jsonPatches: optional(list("Operations on the bootstrap, for the type JSONPatch.", jsonPatchOperation)),
    type: choice(
      "`Replace` puts `value` in its place, `Merge` merges `value` into it, `JSONPatch` applies `jsonPatches`.",
      ["Merge", "Replace", "JSONPatch"],
      {
        default: "Replace",
      },
    ),
    value: optional(string("The bootstrap, or what is merged into it, as YAML.")),
  },
  {
    rules: [
      {
        rule: "self.type == 'JSONPatch' ? self.jsonPatches.size() > 0 : has(self.value)",
        message: "provided bootstrap patch doesn't match the configured patch type",
      },
    ],
  },
);

const telemetry = object("What proxies tell about themselves and their traffic.", {
  accessLog: optional(accessLog),
  healthCheckLog: optional(object("Where the outcomes of active health checks are logged.", healthCheckLogFields)),
  metrics: optional(proxyMetrics),
  requestID: optional(
    object("The header x-request-id.", {
      tracing: optional(
        choice("Whether the decision to trace is packed into the ID, and whether an ID decides about tracing.", [
          "PackAndSample",
          "Sample",
          "Pack",
          "Disable",
        ]),
      ),
    }),
  ),
  tracing: optional(tracing),
});

/** The specification of an EnvoyProxy; the EnvoyGateway file holds one, too. */
export const envoyProxySpec = object(
  "How the proxies are run and set up.",
  {
    backendTLS: optional(
      object("TLS towards backends; settings of a Backend take precedence.", upstreamTlsFields, { rules: tlsRules }),
    ),
    bootstrap: optional(bootstrap),
    concurrency: optional(integer("Worker threads of a proxy; one per CPU where it is left out.", { format: "int32" })),
    dynamicModules: optional(dynamicModules),
    extraArgs: optional(list("Further arguments of Envoy's command line.", string("An argument."))),
    filterOrder: optional(filterOrder),
    geoIP: optional(geoIP),
    ipFamily: optional(choice("Which IP addresses are listened on and connected to.", ["IPv4", "IPv6", "DualStack"])),
    logging: object(
      "Envoy's own log.",
      {
        level: map(
          "Level of each component; `default` is that of all others.",
          choice("A level.", ["trace", "debug", "info", "warn", "error", "off", "critical"]),
          { default: { default: "warn" } },
        ),
      },
      { default: { level: { default: "warn" } } },
    ),
    luaValidation: optional(choice("How strictly Lua scripts are checked.", ["Strict", "InsecureSyntax", "Disabled"])),
    mergeBackends: optional(object("Routes share the cluster of a backend.", { selector: optional(labelSelector) })),
    mergeGateways: optional(boolean("All Gateways of the class share one fleet of proxies.")),
    mergeType: optional(
      choice("How this object and the one of the next level up are merged; Replace where it is left out.", [
        "Replace",
        "StrategicMerge",
        "JSONMerge",
      ]),
    ),
    preserveRouteOrder: optional(
      boolean("Routes are tried in the order in which they are written, not the most specific first."),
    ),
    provider: optional(provider),
    routingType: optional(string("`Endpoint` (default): requests go to endpoints; `Service`: to the Service's cluster IP.")),
    shutdown: optional(
      object("How a proxy ends.", {
        drainTimeout: optional(duration("Connections may stay so long; 60s where it is left out.")),
        healthCheckFailureDelay: optional(
          duration("Time between failing health checks and the start of draining; 0s where it is left out."),
        ),
        minDrainDuration: optional(duration("Draining takes at least so long; 10s where it is left out.")),
      }),
    ),
    telemetry: optional(telemetry),
  },
  {
    rules: [
      {
        rule: "!(has(self.mergeGateways) && self.mergeGateways && has(self.mergeBackends))",
        message: "mergeGateways and mergeBackends cannot both be enabled",
      },
    ],
  },
);

/** The schema of a specification, for checks of one that was not admitted as it is. */
export const envoyProxySpecSchema = envoyProxySpec as unknown as Schema;

/** The kind EnvoyProxy. */
export const envoyProxy = defineKind({
  group: "gateway.envoyproxy.io",
  versions: [{ name: "v1alpha1", storage: true }],
  kind: "EnvoyProxy",
  plural: "envoyproxies",
  shortNames: ["eproxy"],
  categories: ["envoy-gateway"],
  scope: "Namespaced",
  description: "How the proxies of a GatewayClass or Gateway are run and set up; both refer to it as their parameters.",
  fields: {
    spec: envoyProxySpec,
    status: optional(object("State of the EnvoyProxy.", { ancestors: optional(ancestors) })),
  },
});

/** An admitted EnvoyProxy. */
export type EnvoyProxy = ObjectOf<typeof envoyProxy>;

/** The specification of an admitted EnvoyProxy. */
export type EnvoyProxySpec = EnvoyProxy["spec"];
