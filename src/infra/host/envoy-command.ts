import { createHash } from "node:crypto";
import type { ProxyInfra } from "../../ir/infra.ts";
import { logLevelArgs } from "../log-levels.ts";
import type { LaunchFiles } from "./directories.ts";
import type { EnvoyBinary } from "./envoy-binary.ts";
import { type ProxySettings, proxySettings } from "./proxy-settings.ts";

/** All that decides how a proxy is started: as long as the fingerprint stays, a running proxy stays too. */
export interface EnvoyCommand {
  readonly program: string;
  /** Without what differs between two Envoys of the same command, see launchArgs. */
  readonly args: readonly string[];
  /** The content of the bootstrap file. */
  readonly bootstrap: string;
  readonly settings: ProxySettings;
  /** 16 hex digits. */
  readonly fingerprint: string;
}

/** How long Envoy lets old listeners drain when they change, in seconds; as Envoy Gateway sets it. */
const drainTimeSeconds = 60;

/** The command of one fleet's Envoy. `bootstrap` is the text of its bootstrap, in JSON. */
export function envoyCommand(infra: ProxyInfra, bootstrap: string, binary: EnvoyBinary): EnvoyCommand {
  const settings = proxySettings(infra.proxy);
  const logging = logLevelArgs(settings.logLevels);
  const args = [
    ["--service-cluster", infra.scope],
    ["--service-node", infra.scope],
    ["--drain-strategy", "immediate"],
    ["--drain-time-s", String(drainTimeSeconds)],
    ["--parent-shutdown-time-s", String(Math.max(1, Math.ceil(settings.handOverMs / 1000)))],
    // An Envoy that asks its predecessor for anything aborts when that one is dead.
    ["--skip-hot-restart-parent-stats"],
    logging.level,
    logging.components,
    settings.concurrency === undefined ? [] : ["--concurrency", String(settings.concurrency)],
    settings.extraArgs,
  ].flat();
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([binary.path, binary.version, args, bootstrap]))
    .digest("hex")
    .slice(0, 16);
  return { program: binary.path, args, bootstrap, settings, fingerprint };
}

/** An Envoy's place in a row of hot restarts; the first of a row has epoch 0 and chooses the base id of the row. */
export interface HotRestartPlace {
  readonly epoch: number;
  readonly baseId?: string;
}

/** The whole arguments of one Envoy. See "Hot restart" and "Command line options" in Envoy's documentation. */
export function launchArgs({ args }: EnvoyCommand, files: LaunchFiles, { epoch, baseId }: HotRestartPlace): string[] {
  const place =
    baseId === undefined
      ? ["--use-dynamic-base-id", "--base-id-path", files.baseId]
      : ["--base-id", baseId, "--restart-epoch", String(epoch)];
  return ["--config-path", files.bootstrap, "--admin-address-path", files.adminAddress, ...place, ...args];
}
