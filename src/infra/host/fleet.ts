import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";
import type { Logger } from "../../log/logger.ts";
import { type BackOff, createBackOff } from "../back-off.ts";
import { fleetAddresses, type HostAddresses } from "./addresses.ts";
import type { FleetFiles } from "./directories.ts";
import { drainEnvoy } from "./drain.ts";
import { isReady } from "./envoy-admin.ts";
import type { EnvoyBinary } from "./envoy-binary.ts";
import { type EnvoyCommand, envoyCommand } from "./envoy-command.ts";
import { adoptEnvoy, clearAway, type EnvoyProcess, endEnvoy, prepareLaunch, startEnvoy } from "./envoy-process.ts";
import { forgetFailedStart } from "./hot-restart.ts";
import { logSize, troubleIn } from "./log-file.ts";
import { portProblem } from "./port-problem.ts";
import { proxySettings } from "./proxy-settings.ts";
import { isHandOver, startSuccessor, untilTakenOver } from "./replacement.ts";
import { retireEnvoy } from "./retirement.ts";
import type { RunningEnvoy } from "./running-envoys.ts";

/** What a fleet needs of its surroundings. */
export interface FleetSurroundings {
  readonly binary: EnvoyBinary;
  readonly host: HostAddresses;
  /** Renders the bootstrap of a fleet's Envoy, as JSON text. */
  readonly bootstrap: (infra: ProxyInfra) => string;
  readonly report: (report: InfraReport) => void;
  readonly log: Logger;
}

/** How often a fleet looks after its proxy, in milliseconds: until it is ready, while there is a problem, and otherwise. */
const pace = { startingMs: 50, troubledMs: 1_000, settledMs: 5_000 };

/** A proxy that is not ready after this long is looked at at the pace of a troubled one. */
const longStartMs = 10_000;

const backOffLimits = { firstMs: 200, longestMs: 30_000, healthyMs: 10_000 };

/** A replacement that failed, and when it is tried again (on the clock of `performance.now`). */
interface FailedReplacement {
  readonly fingerprint: string;
  readonly problem: string;
  readonly againAt: number;
}

/**
 * Keeps the one Envoy of a fleet running: starts it (or takes over what is left running), restarts it when it dies, replaces it without
 * harm to requests when it must be started differently, tells how it fares.
 */
export class Fleet {
  readonly #files: FleetFiles;
  readonly #surroundings: FleetSurroundings;
  readonly #restarts: BackOff = createBackOff(backOffLimits);
  readonly #replacements: BackOff = createBackOff(backOffLimits);
  readonly #stopping = new AbortController();
  /** Aborted to stop looking after the proxy and leave it. */
  readonly #leaving = new AbortController();
  readonly #done: Promise<void>;
  #infra: ProxyInfra;
  /** Aborted to look at once: something is wanted differently. */
  #changed = new AbortController();
  #hurry: AbortSignal = new AbortController().signal;
  /** The Envoy that serves. */
  #envoy: EnvoyProcess | undefined;
  /** Why it is to be replaced though it was started as it should be. */
  #unfit: "mute" | "orphan" | undefined;
  /** Will serve as soon as it has its configuration. */
  #successor: EnvoyProcess | undefined;
  /** Those that finish their requests, and when they are gone. */
  readonly #retiring = new Map<EnvoyProcess, Promise<void>>();
  readonly #endRetirement = new AbortController();
  /** Of the newest Envoy. */
  #generation = 0;
  #failedReplacement: FailedReplacement | undefined;
  #ready = false;
  /** Why the proxy is down, while it is. */
  #down: string | undefined;

  /** @param left the Envoys that an earlier control plane left running for this fleet, the newest last */
  constructor(infra: ProxyInfra, files: FleetFiles, surroundings: FleetSurroundings, left: readonly RunningEnvoy[] = []) {
    this.#infra = infra;
    this.#files = files;
    this.#surroundings = surroundings;
    this.#done = this.#run(left.map((envoy) => adoptEnvoy(envoy, files)));
  }

  /** The process that serves, if there is one. */
  get pid(): number | undefined {
    return this.#envoy?.identity.pid;
  }

  /** Takes what is wanted now. The proxy is replaced only if it must be started differently. */
  update(infra: ProxyInfra): void {
    this.#infra = infra;
    this.#wake();
  }

  /** Drains the proxy, ends it and removes its files. Aborting `hurry` ends the draining. */
  stop(hurry: AbortSignal): Promise<void> {
    this.#hurry = hurry;
    this.#stopping.abort();
    this.#wake();
    return this.#done;
  }

  /** Stops looking after the proxy and leaves it running. */
  detach(): Promise<void> {
    this.#leaving.abort();
    this.#stopping.abort();
    this.#wake();
    return this.#done;
  }

  #wake(): void {
    const old = this.#changed;
    this.#changed = new AbortController();
    old.abort();
  }

  async #run(left: EnvoyProcess[]): Promise<void> {
    this.#adopt(left);
    while (!this.#stopping.signal.aborted) {
      try {
        const command = this.#command();
        if (this.#envoy === undefined) await this.#start(command);
        else if (this.#successor !== undefined || this.#mustReplace(command)) await this.#replace(this.#envoy, command);
        else await this.#lookAfter(this.#envoy);
      } catch (error) {
        await this.#failed(`Envoy cannot be started: ${messageOf(error)}`, 0);
      }
    }
    if (this.#leaving.signal.aborted) await Promise.all(this.#retiring.values());
    else await this.#end();
  }

  /** Of several Envoys the newest is the successor of the one before it; whoever is older was retiring. */
  #adopt(left: EnvoyProcess[]): void {
    const newest = left.pop();
    if (newest === undefined) {
      rmSync(this.#files.directory, { recursive: true, force: true });
      return;
    }
    this.#generation = newest.name.generation;
    const before = left.pop();
    this.#envoy = before ?? newest;
    if (before !== undefined) this.#successor = newest;
    for (const envoy of left) this.#retire(envoy, true);
    this.#surroundings.log.info("took over the Envoy that was left running", {
      pid: newest.identity.pid,
      ...(before === undefined ? {} : { replaces: before.identity.pid }),
      log: this.#files.log,
    });
  }

  #command(): EnvoyCommand {
    const { binary, bootstrap } = this.#surroundings;
    return envoyCommand(this.#infra, bootstrap(this.#infra), binary);
  }

  async #start(command: EnvoyCommand): Promise<void> {
    const refusal = this.#refusal(command);
    if (refusal !== undefined) return this.#failed(refusal, 0);
    const launch = prepareLaunch(command, this.#files, ++this.#generation);
    this.#envoy = await startEnvoy(command, launch, { epoch: 0 }, this.#files.log);
    this.#surroundings.log.info("started Envoy", { pid: this.pid, log: this.#files.log });
  }

  /** Whether another Envoy must, and can now, take over. One is under way at a time: a third Envoy of a row would end the first. */
  #mustReplace(command: EnvoyCommand): boolean {
    if (this.#retiring.size > 0 || this.#refusal(command) !== undefined) return false;
    const differs = command.fingerprint !== this.#envoy?.name.fingerprint;
    if (!differs && this.#unfit === undefined) {
      this.#failedReplacement = undefined;
      return false;
    }
    const failed = this.#failedReplacement;
    return failed?.fingerprint !== command.fingerprint || performance.now() >= failed.againAt;
  }

  /** Lets another Envoy take over. Whatever goes wrong, the running one goes on. */
  async #replace(running: EnvoyProcess, command: EnvoyCommand): Promise<void> {
    const { log } = this.#surroundings;
    const logBegin = logSize(this.#files.log);
    let successor = this.#successor;
    if (successor === undefined) {
      try {
        const launch = prepareLaunch(command, this.#files, ++this.#generation);
        successor = await startSuccessor(running, command, launch, {
          orphan: this.#unfit === "orphan",
          logPath: this.#files.log,
          log,
        });
      } catch (error) {
        return this.#replacementFailed(command, messageOf(error));
      }
    }
    this.#successor = successor;
    const outcome = await untilTakenOver(successor, running.ended, this.#stopping.signal);
    if (outcome === "abandoned") return;
    this.#successor = undefined;
    if (typeof outcome === "object") {
      clearAway(successor, [running]);
      if (isHandOver(running, successor)) {
        // Its admin interface went to the successor.
        this.#unfit = "mute";
        await forgetFailedStart(running.identity, running.files);
      }
      return this.#replacementFailed(command, this.#endInWords(outcome.ended, logBegin));
    }
    this.#envoy = successor;
    this.#unfit = undefined;
    this.#failedReplacement = undefined;
    this.#ready = true;
    log.info("the new Envoy serves; the old one finishes its requests", { pid: this.pid, old: running.identity.pid });
    this.#retire(running, isHandOver(running, successor));
  }

  #retire(envoy: EnvoyProcess, handedOver: boolean): void {
    const ports = this.#infra.listeners.flatMap(({ protocol, containerPort }) => (protocol === "TCP" ? [containerPort] : []));
    const { handOverMs: patienceMs } = proxySettings(this.#infra.proxy);
    const ways = { hurry: this.#endRetirement.signal, leave: this.#leaving.signal };
    const retired = retireEnvoy(envoy, { handedOver, ports, patienceMs, ...ways }).then((end) => {
      this.#retiring.delete(envoy);
      if (end === "left") return;
      clearAway(envoy, this.#present());
      // The one that it handed over to will abort when it looks for it.
      if (end === "ended early") this.#unfit = "orphan";
      this.#surroundings.log.info("the old Envoy is gone", { pid: envoy.identity.pid });
      this.#wake();
    });
    this.#retiring.set(envoy, retired);
  }

  #replacementFailed(command: EnvoyCommand, reason: string): void {
    const waitMs = this.#replacements.next(0);
    const problem = `Envoy must be started differently but cannot, the running one goes on: ${reason}`;
    this.#surroundings.log.error("Envoy cannot be replaced", { reason, nextTryMs: Math.round(waitMs) });
    this.#failedReplacement = { fingerprint: command.fingerprint, problem, againAt: performance.now() + waitMs };
    this.#report();
  }

  /** Reports how the proxy fares until it dies, must be replaced, or the fleet stops. */
  async #lookAfter(envoy: EnvoyProcess): Promise<void> {
    const began = performance.now();
    const logBegin = logSize(this.#files.log);
    const dead = new AbortController();
    const ended = envoy.ended.then((words) => {
      dead.abort();
      return words;
    });
    while (!dead.signal.aborted && !this.#stopping.signal.aborted) {
      const changed = this.#changed.signal;
      if (this.#mustReplace(this.#command())) return;
      this.#ready = this.#unfit === "mute" || (await isReady(envoy.admin));
      if (this.#ready) this.#down = undefined;
      const troubled = this.#report() !== undefined || (!this.#ready && performance.now() - began > longStartMs);
      const wait = troubled ? pace.troubledMs : this.#ready ? pace.settledMs : pace.startingMs;
      await sleep(wait, undefined, { signal: AbortSignal.any([dead.signal, changed]) }).catch(() => {});
    }
    if (!dead.signal.aborted) return;
    this.#envoy = undefined;
    this.#unfit = undefined;
    this.#ready = false;
    clearAway(envoy, this.#present());
    await this.#failed(this.#endInWords(await ended, logBegin), performance.now() - began);
  }

  #endInWords(end: string, logBegin: number): string {
    const words = troubleIn(this.#files.log, logBegin, 5);
    const said = words.length === 0 ? "" : `; its last words: ${words.join(" | ")}`;
    return `Envoy ended with ${end}${said}; its log is ${this.#files.log}`;
  }

  /** Why what is wanted cannot be started; then what runs goes on. */
  #refusal({ settings: { envoyVersion } }: EnvoyCommand): string | undefined {
    const { binary } = this.#surroundings;
    if (this.#infra.unresolved !== undefined) return this.#infra.unresolved;
    if (envoyVersion === undefined || envoyVersion.replace(/^v/, "") === binary.version) return undefined;
    return (
      `the EnvoyProxy asks for Envoy ${envoyVersion} (provider.host.envoyVersion), but ${binary.path} is ${binary.version}: ` +
      "install that version and name it with --envoy-path, or remove the field"
    );
  }

  /** Tells that the proxy is down and why, and waits before the next try, or until something else is wanted. */
  async #failed(reason: string, livedMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const waitMs = this.#restarts.next(livedMs);
    const again = this.#restarts.failures > 1 ? ` (${this.#restarts.failures} times in a row)` : "";
    this.#down = `${reason}${again}`;
    this.#surroundings.log.error("Envoy is down", { reason: this.#down, nextTryMs: Math.round(waitMs) });
    this.#report();
    const wake = AbortSignal.any([this.#stopping.signal, this.#changed.signal]);
    await sleep(waitMs, undefined, { signal: wake }).catch(() => {});
  }

  #report(): string | undefined {
    const { host, report } = this.#surroundings;
    const pids = this.#present().map(({ identity }) => identity.pid);
    const problem =
      this.#down ??
      this.#refusal(this.#command()) ??
      this.#failedReplacement?.problem ??
      portProblem(this.#infra.listeners, pids);
    report({
      scope: this.#infra.scope,
      addresses: fleetAddresses(this.#infra, host),
      replicas: { available: this.#ready ? 1 : 0, desired: 1 },
      ...(problem === undefined ? {} : { problem }),
    });
    return problem;
  }

  /** All Envoys of the fleet. */
  #present(): EnvoyProcess[] {
    return [this.#envoy, this.#successor, ...this.#retiring.keys()].filter((envoy) => envoy !== undefined);
  }

  async #end(): Promise<void> {
    const [envoy, successor] = [this.#envoy, this.#successor];
    if (successor !== undefined) await endEnvoy(successor);
    if (envoy !== undefined) {
      await Promise.race([drainEnvoy(envoy.admin, proxySettings(this.#infra.proxy), this.#hurry), envoy.ended]);
      await endEnvoy(envoy);
      clearAway(envoy, []);
    }
    this.#endRetirement.abort();
    await Promise.all(this.#retiring.values());
    this.#envoy = undefined;
    this.#ready = false;
    rmSync(this.#files.directory, { recursive: true, force: true });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
