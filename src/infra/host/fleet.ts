import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";
import type { Logger } from "../../log/logger.ts";
import { fleetAddresses, type HostAddresses } from "./addresses.ts";
import { type BackOff, createBackOff } from "./back-off.ts";
import type { FleetFiles } from "./directories.ts";
import { drainEnvoy } from "./drain.ts";
import { type EnvoyAdmin, envoyAdmin, isReady } from "./envoy-admin.ts";
import type { EnvoyBinary } from "./envoy-binary.ts";
import { type EnvoyCommand, envoyCommand } from "./envoy-command.ts";
import { type EnvoyProcess, endEnvoy, findEnvoyLeftRunning, startEnvoy } from "./envoy-process.ts";
import { logSize, troubleIn } from "./log-file.ts";
import { portProblem } from "./port-problem.ts";
import { proxySettings } from "./proxy-settings.ts";

/** What a fleet needs of its surroundings. */
export interface FleetSurroundings {
  readonly binary: EnvoyBinary;
  readonly host: HostAddresses;
  /** Renders the bootstrap of a fleet's Envoy, as JSON text. */
  readonly bootstrap: (infra: ProxyInfra) => string;
  readonly report: (report: InfraReport) => void;
  readonly log: Logger;
  readonly backOff?: BackOff;
}

/** How often a fleet looks after its proxy, in milliseconds: until it is ready, while there is a problem, and otherwise. */
const pace = { startingMs: 50, troubledMs: 1_000, settledMs: 5_000 };

/** A proxy that is not ready after this long is looked at at the pace of a troubled one. */
const longStartMs = 10_000;

/** Keeps the one Envoy of a fleet running: starts it (or takes over the one left running), restarts it when it dies, tells how it fares. */
export class Fleet {
  readonly #files: FleetFiles;
  readonly #surroundings: FleetSurroundings;
  readonly #backOff: BackOff;
  readonly #admin: EnvoyAdmin;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #infra: ProxyInfra;
  /** Aborted to look at once: something is wanted differently. */
  #changed = new AbortController();
  #hurry: AbortSignal = new AbortController().signal;
  #detached = false;
  #envoy: EnvoyProcess | undefined;
  #ready = false;
  /** Why the proxy is down, while it is. */
  #down: string | undefined;

  constructor(infra: ProxyInfra, files: FleetFiles, surroundings: FleetSurroundings) {
    this.#infra = infra;
    this.#files = files;
    this.#surroundings = surroundings;
    this.#backOff = surroundings.backOff ?? createBackOff({ firstMs: 200, longestMs: 30_000, healthyMs: 10_000 });
    this.#admin = envoyAdmin(files.adminAddress);
    this.#done = this.#run();
  }

  /** The process that serves, if there is one. */
  get pid(): number | undefined {
    return this.#envoy?.record.pid;
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
    this.#detached = true;
    this.#stopping.abort();
    this.#wake();
    return this.#done;
  }

  #wake(): void {
    const old = this.#changed;
    this.#changed = new AbortController();
    old.abort();
  }

  async #run(): Promise<void> {
    this.#envoy = findEnvoyLeftRunning(this.#files);
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#runOnce(this.#command());
      } catch (error) {
        await this.#failed(`Envoy cannot be started: ${error instanceof Error ? error.message : String(error)}`, 0);
      }
    }
    if (this.#detached) return;
    await this.#end();
    rmSync(this.#files.directory, { recursive: true, force: true });
  }

  #command(): EnvoyCommand {
    const { binary, bootstrap } = this.#surroundings;
    return envoyCommand(this.#infra, bootstrap(this.#infra), binary, this.#files);
  }

  /** One life of the proxy: until it dies, must be replaced, or the fleet stops. */
  async #runOnce(command: EnvoyCommand): Promise<void> {
    const refusal = this.#refusal(command);
    if (refusal !== undefined && this.#envoy === undefined) return this.#failed(refusal, 0);
    const { log } = this.#surroundings;
    if (this.#envoy !== undefined && refusal === undefined && this.#envoy.record.fingerprint !== command.fingerprint) {
      log.info("replacing Envoy: it must be started differently", { pid: this.pid });
      await this.#end();
    }
    const began = performance.now();
    const logBegin = logSize(this.#files.log);
    const envoy = this.#envoy ?? (await startEnvoy(command, this.#files));
    this.#envoy = envoy;
    log.info(envoy.adopted ? "took over the Envoy that was left running" : "started Envoy", {
      pid: envoy.record.pid,
      log: this.#files.log,
    });
    const life = new AbortController();
    const looking = this.#lookAfter(command, life.signal);
    const end = await Promise.race([envoy.ended, looking]);
    life.abort();
    await looking;
    if (end === undefined) return;
    this.#envoy = undefined;
    this.#ready = false;
    const words = troubleIn(this.#files.log, logBegin, 5);
    const said = words.length === 0 ? "" : `; its last words: ${words.join(" | ")}`;
    await this.#failed(`Envoy ended with ${end}${said}; its log is ${this.#files.log}`, performance.now() - began);
  }

  /** Reports how the proxy fares until `over`, the fleet stops or another command is wanted; then resolves with undefined. */
  async #lookAfter(command: EnvoyCommand, over: AbortSignal): Promise<undefined> {
    const began = performance.now();
    let seen = this.#infra;
    while (!over.aborted && !this.#stopping.signal.aborted) {
      const changed = this.#changed.signal;
      if (this.#infra !== seen && this.#differs(command)) return;
      seen = this.#infra;
      this.#ready = await isReady(this.#admin);
      if (this.#ready) this.#down = undefined;
      const troubled = this.#report() !== undefined || (!this.#ready && performance.now() - began > longStartMs);
      const wait = troubled ? pace.troubledMs : this.#ready ? pace.settledMs : pace.startingMs;
      await sleep(wait, undefined, { signal: AbortSignal.any([over, changed]) }).catch(() => {});
    }
  }

  /** Whether another command is wanted, and possible. */
  #differs(running: EnvoyCommand): boolean {
    const command = this.#command();
    return command.fingerprint !== running.fingerprint && this.#refusal(command) === undefined;
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
    const waitMs = this.#backOff.next(livedMs);
    const again = this.#backOff.failures > 1 ? ` (${this.#backOff.failures} times in a row)` : "";
    this.#down = `${reason}${again}`;
    this.#surroundings.log.error("Envoy is down", { reason: this.#down, nextTryMs: Math.round(waitMs) });
    this.#report();
    const wake = AbortSignal.any([this.#stopping.signal, this.#changed.signal]);
    await sleep(waitMs, undefined, { signal: wake }).catch(() => {});
  }

  #report(): string | undefined {
    const problem = this.#down ?? this.#refusal(this.#command()) ?? portProblem(this.#infra.listeners, this.pid);
    this.#surroundings.report({
      scope: this.#infra.scope,
      addresses: fleetAddresses(this.#infra, this.#surroundings.host),
      replicas: { available: this.#ready ? 1 : 0, desired: 1 },
      ...(problem === undefined ? {} : { problem }),
    });
    return problem;
  }

  async #end(): Promise<void> {
    const envoy = this.#envoy;
    if (envoy === undefined) return;
    await Promise.race([drainEnvoy(this.#admin, proxySettings(this.#infra.proxy), this.#hurry), envoy.ended]);
    await endEnvoy(envoy, this.#files);
    this.#envoy = undefined;
    this.#ready = false;
  }
}
