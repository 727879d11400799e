/**
 * EnvoyGateway, gateway.envoyproxy.io/v1alpha1: the configuration file of the control plane. It is no custom resource, but it is
 * written, checked and documented like one.
 */
import { envoyProxySpec } from "../envoy/envoy-proxy.ts";
import { byteQuantity } from "../envoy/quantity.ts";
import { duration } from "../gateway/names.ts";
import type { Schema, ValueOf } from "../schema/schema.ts";
import { boolean, choice, integer, list, object, optional, string } from "../schema/vocabulary.ts";
import { customProvider } from "./custom-provider.ts";
import { extensionManager } from "./extension-manager.ts";
import { kubernetesProvider } from "./kubernetes-provider.ts";
import { rateLimit } from "./rate-limit.ts";
import { telemetry } from "./telemetry.ts";

const provider = object(
  "Where objects come from, and what runs the proxies.",
  {
    custom: optional(customProvider),
    kubernetes: optional(kubernetesProvider),
    type: choice("With Kubernetes or without.", ["Kubernetes", "Custom"]),
  },
  {
    default: { type: "Kubernetes" },
    rules: [
      { rule: "self.type != 'Custom' || has(self.custom)", message: "custom must be set if type is Custom" },
      { rule: "self.type == 'Custom' || !has(self.custom)", message: "custom can be set only if type is Custom" },
      { rule: "self.type == 'Kubernetes' || !has(self.kubernetes)", message: "kubernetes can be set only if type is Kubernetes" },
    ],
  },
);

const level = (description: string) => optional(choice(description, ["debug", "info", "warn", "error"]));

const logging = object(
  "The log of the control plane.",
  {
    encoder: choice("Lines as text or as JSON.", ["Text", "JSON"], { default: "Text" }),
    level: object(
      "The least severe lines that are written, by component.",
      {
        default: level("Of all components that have no level of their own; info where it is left out."),
        "gateway-api": level("Translation of the Gateway API."),
        "global-ratelimit": level("Global rate limits."),
        infrastructure: level("What runs the proxies."),
        provider: level("Where objects come from."),
        xds: level("All about xDS."),
        "xds-server": level("The connections of the proxies."),
        "xds-translator": level("Translation to xDS."),
      },
      { default: { default: "info" } },
    ),
  },
  { default: {} },
);

const admin = object(
  "The admin API.",
  {
    address: object(
      "Where it listens.",
      {
        host: string("Address.", { default: "127.0.0.1" }),
        port: integer("Port.", { default: 19000, minimum: 0, maximum: 65535 }),
      },
      { default: {} },
    ),
    enableDumpConfig: boolean("The configuration is written to the log.", { default: false }),
    enablePprof: boolean("Profiles can be taken.", { default: false }),
  },
  { default: {} },
);

const extensionApis = object(
  "Kinds and features that are off unless they are switched on.",
  {
    disableLua: optional(boolean("Deprecated: use enableLua.")),
    enableBackend: boolean("The kind Backend.", { default: false }),
    enableEnvoyPatchPolicy: boolean("The kind EnvoyPatchPolicy, by which users can change anything that Envoy is sent.", {
      default: false,
    }),
    enableLua: boolean("Lua in EnvoyExtensionPolicy.", { default: false }),
    enableSDSSecretRef: boolean("Secrets that name an SDS server.", { default: false }),
  },
  {
    default: {},
    rules: [
      {
        rule: "!has(self.disableLua) || self.disableLua != self.enableLua",
        message: "enableLua and disableLua contradict each other",
      },
    ],
  },
);

/** The names of the runtime flags. */
export const runtimeFlags = ["XDSNameSchemeV1", "XDSNameSchemeV2", "EndpointSliceIndex", "PerResourceSystemCASecret"] as const;

/** A behaviour that can be switched on or off. */
export type RuntimeFlag = (typeof runtimeFlags)[number];

const flags = (description: string) => optional(list(description, choice("A flag.", runtimeFlags)));

const envoyGateway = object(
  "The configuration file of the control plane.",
  {
    admin,
    apiVersion: choice("gateway.envoyproxy.io/v1alpha1.", ["gateway.envoyproxy.io/v1alpha1"]),
    envoyProxy: optional(envoyProxySpec),
    extensionApis,
    extensionManager: optional(extensionManager),
    extensionManagers: optional(
      list("Extension servers, called one after the other.", extensionManager, {
        minItems: 1,
        rules: [
          {
            rule: "self.all(m, has(m.name) && m.name != '' && self.exists_one(other, has(other.name) && other.name == m.name))",
            message: "every entry must have a name of its own",
          },
        ],
      }),
    ),
    gateway: object(
      "What concerns the Gateway API.",
      {
        controllerName: string("GatewayClasses that name this controller are ours.", {
          default: "gateway.envoyproxy.io/gatewayclass-controller",
          minLength: 1,
        }),
      },
      { default: {} },
    ),
    gatewayAPI: optional(
      object("Experimental kinds of the Gateway API.", {
        enabled: optional(list("Those that are switched on.", choice("A kind.", ["XBackendTrafficPolicy"]))),
      }),
    ),
    kind: choice("EnvoyGateway.", ["EnvoyGateway"]),
    logging,
    provider,
    rateLimit: optional(rateLimit),
    runtimeFlags: optional(
      object("Behaviours that can be switched.", { disabled: flags("Off, even where they are enabled."), enabled: flags("On.") }),
    ),
    telemetry: optional(telemetry),
    xdsServer: object(
      "The server that proxies get their configuration from.",
      {
        maxConnectionAge: optional(
          duration("A connection is closed after so long; a random time from 10h to 12h where it is left out."),
        ),
        maxConnectionAgeGrace: duration("A closing connection may go on for so long.", { default: "2m" }),
        maxReceiveMessageSize: optional(byteQuantity("Largest message of a proxy; 32Mi where it is left out.")),
      },
      { default: {} },
    ),
  },
  {
    rules: [
      {
        rule: "!has(self.extensionManager) || !has(self.extensionManagers)",
        message: "extensionManager and extensionManagers cannot be set together",
      },
    ],
  },
);

/** The configuration of the control plane, with defaults. */
export type EnvoyGateway = ValueOf<typeof envoyGateway>;

/** The schema of the file. */
export const envoyGatewaySchema = envoyGateway as unknown as Schema;

/** Whether each flag is on where the file does not say. */
const presets: Readonly<Record<RuntimeFlag, boolean>> = {
  XDSNameSchemeV1: false,
  XDSNameSchemeV2: false,
  EndpointSliceIndex: true,
  PerResourceSystemCASecret: false,
};

/** Whether a runtime flag is on: disabled wins over enabled, and both over the default. */
export function runtimeFlag({ runtimeFlags: given }: Pick<EnvoyGateway, "runtimeFlags">, flag: RuntimeFlag): boolean {
  if (given?.disabled?.includes(flag)) return false;
  return given?.enabled?.includes(flag) || presets[flag];
}
