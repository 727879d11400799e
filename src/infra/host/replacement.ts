/** A new Envoy takes over from a running one, which serves until then. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Logger } from "../../log/logger.ts";
import type { LaunchFiles, LaunchName } from "./directories.ts";
import { isReady } from "./envoy-admin.ts";
import { type EnvoyCommand, launchArgs } from "./envoy-command.ts";
import { type EnvoyProcess, minimalEnvironment, startEnvoy } from "./envoy-process.ts";
import { type TakeOver, takeOverFrom } from "./hot-restart.ts";

/** How a successor is started. */
export interface SuccessorOptions {
  /** The running Envoy believes that it has a predecessor, and aborts when a successor makes it end that one. */
  readonly orphan: boolean;
  /** The file that it writes its log to. */
  readonly logPath: string;
  readonly log: Logger;
}

/**
 * Starts the successor of a running Envoy, whose files are there: by hot restart where the two can, else beside it. Rejects, in words
 * for the user, when it cannot run.
 */
export async function startSuccessor(
  running: EnvoyProcess,
  command: EnvoyCommand,
  launch: LaunchName & LaunchFiles,
  { orphan, logPath, log }: SuccessorOptions,
): Promise<EnvoyProcess> {
  const first = { epoch: 0 };
  // As soon as a successor talks to the running Envoy, that one loses its admin interface: what cannot run must not come so far.
  await validate(command, launchArgs(command, launch, first));
  const takeOver: TakeOver = orphan
    ? { impossible: "the Envoy that the running one took over from died before its time" }
    : await takeOverFrom(running.identity, running.files, command);
  const from = running.identity.pid;
  if ("impossible" in takeOver) {
    const { impossible: reason } = takeOver;
    log.warn("replacing Envoy without hot restart: the new one listens beside the old one, which then drains", { from, reason });
    return startEnvoy(command, launch, first, logPath);
  }
  const place = { epoch: running.epoch + 1, baseId: takeOver.baseId };
  log.info("replacing Envoy by hot restart: it must be started differently", { from, epoch: place.epoch });
  return startEnvoy(command, launch, place, logPath);
}

/** Whether the successor was started by hot restart. */
export function isHandOver(running: EnvoyProcess, successor: EnvoyProcess): boolean {
  return successor.epoch === running.epoch + 1;
}

async function validate(command: EnvoyCommand, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command.program, [...args, "--mode", "validate"], { timeout: 20_000, env: minimalEnvironment() });
  } catch (error) {
    const output = typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : String(error);
    const words = output.split("\n").filter((line) => line.trim() !== "" && !/\]\[(?:trace|debug|info|warning)\]/.test(line));
    throw new Error(words.slice(-5).join(" | "));
  }
}

/** What became of a successor. */
export type TakeOverOutcome = "ready" | "abandoned" | { readonly ended: string };

/** Waits until the successor serves or dies, or must serve because the running one died, or `over` is aborted. */
export async function untilTakenOver(
  successor: EnvoyProcess,
  runningEnded: Promise<unknown>,
  over: AbortSignal,
  pollMs = 50,
): Promise<TakeOverOutcome> {
  const done = new AbortController();
  void runningEnded.then(() => done.abort());
  const end = successor.ended.then((ended) => ({ ended }));
  const ready = async (): Promise<"ready" | "abandoned"> => {
    const waiting = AbortSignal.any([over, done.signal]);
    while (!waiting.aborted) {
      if (await isReady(successor.admin)) return "ready";
      await sleep(pollMs, undefined, { signal: waiting }).catch(() => {});
    }
    return over.aborted ? "abandoned" : "ready";
  };
  const outcome = await Promise.race([end, ready()]);
  done.abort();
  return outcome;
}
