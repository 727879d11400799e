import { isDeepStrictEqual } from "node:util";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { createLogs, type Logger } from "../log/logger.ts";
import { readServerConfig, watchConfigFile } from "./config-source.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./server.ts";
import { listenForStop } from "./stop-signals.ts";

/** What is served: a configuration file, or a configuration. */
export type ServeOptions = Omit<ControlPlaneOptions, "config" | "logs"> &
  ({ readonly configFile: string } | { readonly config: EnvoyGateway });

/** A control plane and what it was started with. */
interface Running {
  readonly config: EnvoyGateway;
  readonly controlPlane: ControlPlane;
  readonly log: Logger;
}

/**
 * Runs a control plane until a signal ends it, then drains and stops everything. When the configuration file changes, the control
 * plane starts anew with it while its proxies go on; a file that cannot be used changes nothing. Rejects, with nothing left behind,
 * when the start fails.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const signals = listenForStop();
  try {
    let running = await start("config" in options ? options.config : readServerConfig(options.configFile), options);
    const name = await ("config" in options
      ? signals.stop
      : untilStop(signals.stop, options.configFile, async () => {
          running = await followFile(running, options.configFile, options);
        }));
    running.log.info(`stopping: received ${name}; a second one ends the draining`);
    await running.controlPlane.stop(signals.hurry);
    running.log.info("stopped");
  } finally {
    signals.release();
  }
}

async function start(config: EnvoyGateway, options: ServeOptions): Promise<Running> {
  const logs = createLogs(config.logging);
  const controlPlane = await startControlPlane({ ...options, config, logs });
  const log = logs.for("default");
  const { admin, health, xds } = controlPlane.ports;
  log.info("serving", {
    xds: `127.0.0.1:${xds}`,
    admin: `http://${config.admin.address.host}:${admin}`,
    health: `http://127.0.0.1:${health}`,
  });
  return { config, controlPlane, log };
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

async function followFile(running: Running, file: string, options: ServeOptions): Promise<Running> {
  const { config, controlPlane, log } = running;
  const next = readChanged(file, log);
  if (next === undefined || isDeepStrictEqual(next, config)) return running;
  log.info("the configuration file changed: starting anew with it, the proxies go on", { file });
  // Proxies can be taken over only where the next control plane looks for them.
  const sameHost = isDeepStrictEqual(next.provider.custom?.infrastructure, config.provider.custom?.infrastructure);
  await (sameHost ? controlPlane.detach() : controlPlane.stop());
  const again = { ...options, ports: samePorts(controlPlane.ports, options.ports) };
  try {
    return await start(next, again);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error("cannot start with the changed configuration file: going on with the last one", { file, reason });
    return start(config, again);
  }
}

/**
 * The ports to start anew with. Where any free port was asked for, it is the one found then: the proxies know that of xDS, and users
 * that of the others. An admin port that the command line leaves open is the file's to change.
 */
function samePorts(bound: ControlPlane["ports"], asked: ControlPlaneOptions["ports"]): NonNullable<ControlPlaneOptions["ports"]> {
  return { xds: bound.xds, health: bound.health, ...(asked?.admin === undefined ? {} : { admin: bound.admin }) };
}

function readChanged(file: string, log: Logger): EnvoyGateway | undefined {
  try {
    return readServerConfig(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error("the changed configuration file cannot be used: going on with the last one", { file, reason });
    return undefined;
  }
}
