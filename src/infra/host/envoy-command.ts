import { createHash } from "node:crypto";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { FleetFiles } from "./directories.ts";
import type { EnvoyBinary } from "./envoy-binary.ts";
import { type ProxySettings, proxySettings } from "./proxy-settings.ts";

/** All that decides how a proxy is started: as long as the fingerprint stays, a running proxy stays too. */
export interface EnvoyCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The content of the bootstrap file. */
  readonly bootstrap: string;
  readonly settings: ProxySettings;
  readonly fingerprint: string;
}

/** How long Envoy lets old listeners drain when they change, in seconds; as Envoy Gateway sets it. */
const drainTimeSeconds = 60;

/** The command of one fleet's Envoy. `bootstrap` is the text of its bootstrap, in JSON. */
export function envoyCommand(infra: ProxyInfra, bootstrap: string, binary: EnvoyBinary, files: FleetFiles): EnvoyCommand {
  const settings = proxySettings(infra.proxy);
  const { default: level, ...components } = settings.logLevels;
  const componentLevels = Object.entries({ misc: "error", ...components }).sort(([a], [b]) => (a < b ? -1 : 1));
  const args = [
    ["--config-path", files.bootstrap],
    ["--service-cluster", infra.scope],
    ["--service-node", infra.scope],
    ["--admin-address-path", files.adminAddress],
    ["--use-dynamic-base-id"],
    ["--base-id-path", files.baseId],
    ["--drain-strategy", "immediate"],
    ["--drain-time-s", String(drainTimeSeconds)],
    ["--log-level", level ?? "warn"],
    ["--component-log-level", componentLevels.map(([component, value]) => `${component}:${value}`).join(",")],
    settings.concurrency === undefined ? [] : ["--concurrency", String(settings.concurrency)],
    settings.extraArgs,
  ].flat();
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([binary.path, binary.version, args, bootstrap]))
    .digest("hex");
  return { program: binary.path, args, bootstrap, settings, fingerprint };
}
