import { type Command, InvalidArgumentError } from "commander";
import { exitCodeHelp } from "./program.ts";

interface ShutdownOptions {
  readonly healthCheckFailureDelay: string;
  readonly drainTimeout: string;
  readonly minDrainDuration: string;
  readonly exitAtConnections: number;
}

/** The ports that Envoy Gateway's pods of proxies have for this. */
const ports = { manager: 19002, admin: 19000 };

/** Adds `envoy`: what runs beside an Envoy in its pod. */
export function addEnvoyCommand(program: Command): void {
  const envoy = program.command("envoy").description("run beside an Envoy, in its pod").addHelpText("after", exitCodeHelp);
  envoy
    .command("shutdown-manager")
    .description("keep Envoy from ending before it is drained")
    .option("--ready-timeout <duration>", "how long Envoy's end waits for that", "610s")
    .addHelpText("after", `\nDurations are written like 90s or 1m30s.\n${exitCodeHelp}`)
    .action(async ({ readyTimeout }: { readonly readyTimeout: string }) => runManager(await milliseconds(readyTimeout)));
  envoy
    .command("shutdown")
    .description("drain Envoy, and let it end")
    .option("--health-check-failure-delay <duration>", "time from the start of draining until health checks fail", "0s")
    .option("--drain-timeout <duration>", "the longest that draining takes", "60s")
    .option("--min-drain-duration <duration>", "the shortest that draining takes", "10s")
    .option("--exit-at-connections <count>", "draining is over when clients have no more connections", count, 0)
    .addHelpText("after", `\nDurations are written like 90s or 1m30s.\n${exitCodeHelp}`)
    .action(runShutdown);
}

async function runManager(readyTimeoutMs: number): Promise<void> {
  const [{ createShutdownManager }, { readyFile }, { createLogs }] = await Promise.all([
    import("../shutdown/shutdown-manager.ts"),
    import("../shutdown/ready-file.ts"),
    import("../log/logger.ts"),
  ]);
  const log = createLogs().for("shutdown-manager");
  const server = createShutdownManager({ readyFile, readyTimeoutMs, log });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Requests that wait for Envoy are still answered.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => server.close(() => resolve()));
    server.listen(ports.manager, () => log.info("the shutdown manager listens", { port: ports.manager }));
  });
}

async function runShutdown(options: ShutdownOptions): Promise<void> {
  const drain = {
    healthCheckFailureDelayMs: await milliseconds(options.healthCheckFailureDelay),
    drainTimeoutMs: await milliseconds(options.drainTimeout),
    minDrainMs: await milliseconds(options.minDrainDuration),
    exitAtConnections: options.exitAtConnections,
  };
  const [{ drainEnvoy }, { envoyAdmin }, { readyFile }, { createLogs }, { openContainerLog }, fs, timers] = await Promise.all([
    import("../shutdown/drain.ts"),
    import("../shutdown/envoy-admin.ts"),
    import("../shutdown/ready-file.ts"),
    import("../log/logger.ts"),
    import("../shutdown/container-log.ts"),
    import("node:fs"),
    import("node:timers/promises"),
  ]);
  const log = createLogs({}, openContainerLog()).for("shutdown-manager");
  const time = { now: () => performance.now(), sleep: (ms: number) => timers.setTimeout(ms) };
  await drainEnvoy(envoyAdmin(ports.admin), drain, log, time);
  fs.writeFileSync(readyFile, "");
}

async function milliseconds(text: string): Promise<number> {
  const { goDurationMs } = await import("../shutdown/go-duration.ts");
  const duration = goDurationMs(text);
  if (duration === undefined) throw new Error(`"${text}" is not a duration; write it like 90s or 1m30s`);
  return duration;
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A count is a whole number from 0.");
  return Number(text);
}
