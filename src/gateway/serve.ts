import { isDeepStrictEqual } from "node:util";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { logComponents } from "../log/level.ts";
import { createLogs, type Logger, type Logs } from "../log/logger.ts";
import { ConfigError, readServerConfig, watchConfigFile } from "./config-source.ts";
import { type ConfigState, createConfigState } from "./config-state.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./server.ts";
import { leaveSignal, listenForStop } from "./stop-signals.ts";

/** What is served: a configuration file, or a configuration. */
export type ServeOptions = Omit<ControlPlaneOptions, "config" | "logs" | "configState" | "memory"> &
  ({ readonly configFile: string } | { readonly config: EnvoyGateway });

/** A control plane and what it was started with. */
interface Running {
  readonly config: EnvoyGateway;
  readonly controlPlane: ControlPlane;
  readonly logs: Logs;
  readonly log: Logger;
}

/** What a control plane is started with besides the configuration. */
type StartOptions = Omit<ControlPlaneOptions, "config" | "logs">;

/**
 * Runs a control plane until a signal ends it, then drains and stops everything, or (SIGUSR2) leaves the proxies to the next one.
 * When the configuration file changes, log levels change at once; for all else the control plane starts anew while its proxies go on.
 * A file that cannot be used changes nothing. Rejects, with nothing left behind, when the start fails.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const signals = listenForStop();
  const configState = createConfigState();
  const startOptions = { ...options, configState };
  try {
    let running = await start("config" in options ? options.config : readServerConfig(options.configFile), startOptions);
    const name = await ("config" in options
      ? signals.stop
      : untilStop(signals.stop, options.configFile, async () => {
          running = await followFile(running, options.configFile, startOptions, configState);
        }));
    await end(running, name, signals.hurry);
  } finally {
    signals.release();
  }
}

async function end({ controlPlane, log }: Running, name: NodeJS.Signals, hurry: AbortSignal): Promise<void> {
  if (name === leaveSignal) {
    log.info(`stopping: received ${name}; the proxies go on`);
    await controlPlane.detach();
  } else {
    log.info(`stopping: received ${name}; a second one ends the draining`);
    await controlPlane.stop(hurry);
  }
  log.info("stopped");
}

async function start(config: EnvoyGateway, options: StartOptions): Promise<Running> {
  const logs = createLogs(config.logging);
  const controlPlane = await startControlPlane({ ...options, config, logs });
  const log = logs.for("default");
  const { admin, health, xds, metrics } = controlPlane.ports;
  const host = controlPlane.host.includes(":") ? `[${controlPlane.host}]` : controlPlane.host;
  log.info("serving", {
    xds: `${host}:${xds}`,
    admin: `http://${config.admin.address.host}:${admin}`,
    health: `http://${host}:${health}`,
    ...(metrics === undefined ? {} : { metrics: `http://${options.metricsHost ?? host}:${metrics}/metrics` }),
  });
  return { config, controlPlane, logs, log };
}

/** Waits for the signal, and takes up changes of the file one after the other meanwhile. Rejects when one ends the service. */
async function untilStop(stop: Promise<NodeJS.Signals>, file: string, change: () => Promise<void>): Promise<NodeJS.Signals> {
  let changing = Promise.resolve();
  const failed = Promise.withResolvers<never>();
  const unwatch = watchConfigFile(file, () => {
    changing = changing.then(change);
    changing.catch(failed.reject);
  });
  try {
    const name = await Promise.race([stop, failed.promise]);
    await changing;
    return name;
  } finally {
    unwatch();
  }
}

async function followFile(running: Running, file: string, options: StartOptions, configState: ConfigState): Promise<Running> {
  const { config, controlPlane, log, logs } = running;
  const next = readChanged(file, log, configState);
  if (next === undefined) return running;
  if (isDeepStrictEqual(next, config)) {
    if (configState.problems().length > 0) log.info("the configuration file is in order again", { file });
    configState.restore();
    return running;
  }
  if (isDeepStrictEqual(withLevelsOf(config, next), config)) {
    for (const component of logComponents) logs.setLevel(component, next.logging.level[component]);
    log.info("took the log levels of the changed configuration file", { file });
    configState.apply();
    return { ...running, config: next };
  }
  log.info("the configuration file changed: starting anew with it, the proxies go on", { file });
  // Proxies can be taken over only where the next control plane looks for them.
  const sameHost = isDeepStrictEqual(next.provider.custom?.infrastructure, config.provider.custom?.infrastructure);
  await (sameHost ? controlPlane.detach() : controlPlane.stop());
  const again = { ...options, memory: controlPlane.memory(), ports: samePorts(controlPlane.ports, options.ports) };
  try {
    const started = await start(next, again);
    configState.apply();
    return started;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error("cannot start with the changed configuration file: going on with the last one", { file, reason: message });
    configState.refuse([{ file, message }]);
    return start(config, again);
  }
}

/** `next` with the log levels of `config`. */
function withLevelsOf(config: EnvoyGateway, next: EnvoyGateway): EnvoyGateway {
  return { ...next, logging: { ...next.logging, level: config.logging.level } };
}

/**
 * The ports to start anew with. Where any free port was asked for, it is the one found then: the proxies know that of xDS, and users
 * that of the others. An admin port that the command line leaves open is the file's to change.
 */
function samePorts(bound: ControlPlane["ports"], asked: ControlPlaneOptions["ports"]): NonNullable<ControlPlaneOptions["ports"]> {
  const metrics = bound.metrics ?? asked?.metrics;
  const admin = asked?.admin === undefined ? {} : { admin: bound.admin };
  return { xds: bound.xds, health: bound.health, ...(metrics === undefined ? {} : { metrics }), ...admin };
}

function readChanged(file: string, log: Logger, configState: ConfigState): EnvoyGateway | undefined {
  try {
    return readServerConfig(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error("the changed configuration file cannot be used: going on with the last one", { file, reason });
    configState.refuse(error instanceof ConfigError ? error.problems : [{ file, message: reason }]);
    return undefined;
  }
}
