import { dumpNameOf } from "../admin/config-dump.ts";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import { standaloneConfig } from "../api/config/standalone-config.ts";
import type { ApiObject } from "../api/kinds.ts";
import { sdsFileNames } from "../certificates/sds-files.ts";
import { statusKey } from "../gatewayapi/object-ref.ts";
import type { ProxyInfra } from "../ir/infra.ts";
import { redact } from "../log/redaction.ts";
import { renderBootstrap } from "../xds/bootstrap/bootstrap.ts";
import { configDump, type DumpPart } from "./config-dump.ts";
import { ConfigError, readConfigFile } from "./config-source.ts";
import { missingObjects } from "./missing-objects.ts";
import { withStatus } from "./shown-status.ts";
import { systemTrustFile } from "./system-trust.ts";
import { type Translation, translate } from "./translate.ts";

/** What to show of a translation. */
export interface ReportOptions {
  readonly config: EnvoyGateway;
  readonly to: readonly ("gateway-api" | "ir" | "xds")[];
  /** Of the xDS. */
  readonly parts: readonly DumpPart[];
  /** Whether to make up what the objects refer to and lack. */
  readonly addMissing: boolean;
  /** Default: `envoy-gateway-system`. */
  readonly controllerNamespace?: string;
}

/**
 * Translates objects and shows the outcome as people read it: the objects with their statuses by kind, the IR and Envoy's dumps by
 * scope. Secrets are redacted.
 */
export function translateForPeople(given: readonly ApiObject[], options: ReportOptions): object {
  const { config, to, parts, addMissing, controllerNamespace } = options;
  const objects = addMissing ? [...given, ...missingObjects(given, config.gateway.controllerName)] : given;
  const translation = translate(objects, { config, ...(controllerNamespace !== undefined && { controllerNamespace }) }, "json");
  return {
    ...(to.includes("gateway-api") ? objectsByKind(objects, translation, config.gateway.controllerName) : {}),
    ...(to.includes("ir") ? { ir: translation.ir } : {}),
    ...(to.includes("xds") ? { xds: dumps(translation, parts) } : {}),
  };
}

/**
 * The configuration to translate with: that of a file, that of standalone mode, or else the defaults (which are those of Kubernetes)
 * with Backends allowed. Throws a ConfigError.
 */
export function translationConfig(from: {
  readonly file?: string | undefined;
  readonly standalone?: boolean | undefined;
}): EnvoyGateway {
  if (from.file !== undefined) return readConfigFile(from.file);
  if (from.standalone) return standaloneConfig([]);
  const text = "{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyGateway, extensionApis: {enableBackend: true}}";
  const parsed = parseConfig(text, "defaults");
  if ("problems" in parsed) throw new ConfigError(parsed.problems);
  return parsed.config;
}

function objectsByKind(
  objects: readonly ApiObject[],
  { statuses }: Translation,
  controllerName: string,
): Record<string, unknown[] | undefined> {
  const shown = (object: ApiObject): unknown => {
    const { kind, metadata } = object;
    const status = statuses[statusKey({ kind, namespace: metadata.namespace ?? "", name: metadata.name })];
    return redact(withStatus(object, status, controllerName));
  };
  const kinds = Object.groupBy(objects, ({ kind }) => dumpNameOf(kind));
  return Object.fromEntries(Object.entries(kinds).map(([name, members = []]) => [name, members.map(shown)]));
}

function dumps({ xds, ir }: Translation, parts: readonly DumpPart[]): Record<string, object> {
  const scopes = [...new Set([...Object.keys(xds), ...Object.keys(ir)])].sort();
  return Object.fromEntries(
    scopes.map((scope) => [
      scope,
      configDump({ resources: xds[scope] ?? {}, bootstrap: bootstrapOf(scope, ir[scope]?.infra) }, parts),
    ]),
  );
}

/** The bootstrap of a proxy on a machine, with the usual port of xDS and the names of the certificate files. */
function bootstrapOf(scope: string, infra: ProxyInfra | undefined): unknown {
  const certificates = sdsFileNames;
  const xds = { address: "127.0.0.1", port: 18000 };
  const options = { xds, certificates, systemTrustFile: systemTrustFile(true) };
  return renderBootstrap({ node: { id: scope, cluster: scope }, ...options, metrics: infra?.metrics });
}
