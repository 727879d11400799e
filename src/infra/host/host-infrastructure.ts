import type { HostDirectories } from "../../certificates/directories.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { Logger } from "../../log/logger.ts";
import type { Infrastructure, ReportInfra } from "../infrastructure.ts";
import type { HostAddresses } from "./addresses.ts";
import { fleetFiles, fleetsDirectory, makePrivateDirectory, scopeDirectoryName } from "./directories.ts";
import type { EnvoyBinary } from "./envoy-binary.ts";
import { Fleet } from "./fleet.ts";
import { claimRuntimeDirectory } from "./instance-lock.ts";
import { rotateLog } from "./log-file.ts";
import { type NoteParameters, ParameterNotes } from "./parameter-notes.ts";
import { findRunningEnvoys } from "./running-envoys.ts";
import { endStrays } from "./strays.ts";

/** What the host infrastructure is made from. */
export interface HostInfrastructureOptions {
  readonly binary: EnvoyBinary;
  readonly directories: HostDirectories;
  readonly host: HostAddresses;
  /** Renders the bootstrap of a fleet's Envoy, as JSON text. */
  readonly bootstrap: (infra: ProxyInfra) => string;
  readonly report: ReportInfra;
  readonly note: NoteParameters;
  readonly log: Logger;
}

/** How often the logs of the proxies are held within their bounds, in milliseconds. */
const rotateEveryMs = 30_000;

/**
 * Runs the fleets as Envoy processes on this machine, one for each fleet. Proxies that an earlier control plane left running are
 * taken over, or ended when nobody wants them any more. Throws when the runtime directory is unusable or another control plane uses it.
 */
export function createHostInfrastructure(
  options: HostInfrastructureOptions,
): Infrastructure & { pidOf(scope: ScopeKey): number | undefined } {
  const { directories, log } = options;
  makePrivateDirectory(directories.runtime);
  makePrivateDirectory(fleetsDirectory(directories));
  const release = claimRuntimeDirectory(directories.runtime);
  const filesOf = (scope: ScopeKey) => fleetFiles(directories, scopeDirectoryName(scope));
  const fleets = new Map<ScopeKey, Fleet>();
  const left = findRunningEnvoys(directories);
  const notes = new ParameterNotes(directories, (scope) => left.has(scopeDirectoryName(scope)), options.note);
  const leftOf = (scope: ScopeKey) => {
    const name = scopeDirectoryName(scope);
    const envoys = left.get(name);
    left.delete(name);
    return envoys;
  };
  /** Fleets on their way out; one of the same scope starts only when the old one is gone. */
  const leaving = new Map<ScopeKey, Promise<void>>();
  const stopping = new AbortController();
  const hurrying = new AbortController();
  let wanted = new Map<ScopeKey, ProxyInfra>();
  let strays: Promise<unknown> | undefined;
  const rotation = setInterval(() => {
    for (const scope of fleets.keys()) rotateLog(filesOf(scope).log);
  }, rotateEveryMs).unref();

  const start = (infra: ProxyInfra): void => {
    const files = filesOf(infra.scope);
    const report = (found: Parameters<ReportInfra>[1]) => {
      if (!leaving.has(infra.scope)) options.report(infra.scope, found);
    };
    const surroundings = { ...options, report, log: log.with({ proxy: infra.scope }) };
    fleets.set(infra.scope, new Fleet(infra, files, surroundings, leftOf(infra.scope)));
  };
  const remove = (scope: ScopeKey, fleet: Fleet): Promise<void> => {
    fleets.delete(scope);
    options.report(scope, undefined);
    const gone = fleet.stop(hurrying.signal).then(() => {
      leaving.delete(scope);
      log.info("stopped Envoy", { proxy: scope });
      const again = wanted.get(scope);
      if (again !== undefined && !stopping.signal.aborted) start(again);
    });
    leaving.set(scope, gone);
    return gone;
  };

  return {
    pidOf: (scope) => fleets.get(scope)?.pid,
    reconcile(infras) {
      if (stopping.signal.aborted) return;
      wanted = new Map([...infras].map((infra) => [infra.scope, infra]));
      for (const [scope, fleet] of fleets) if (!wanted.has(scope)) void remove(scope, fleet);
      for (const [scope, infra] of wanted) {
        const fleet = fleets.get(scope);
        if (fleet !== undefined) fleet.update(infra);
        else if (!leaving.has(scope)) start(infra);
      }
      notes.keep(wanted);
      strays ??= endStrays(directories, left, wanted.keys(), log);
    },
    async stop(hurry) {
      if (hurry?.aborted) hurrying.abort();
      hurry?.addEventListener("abort", () => hurrying.abort(), { once: true });
      stopping.abort();
      clearInterval(rotation);
      for (const [scope, fleet] of fleets) void remove(scope, fleet);
      await Promise.all([strays, ...leaving.values()]);
      release();
    },
    async detach() {
      stopping.abort();
      clearInterval(rotation);
      const detached = Array.from(fleets.values(), (fleet) => fleet.detach());
      fleets.clear();
      await Promise.all([strays, ...detached, ...leaving.values()]);
      release();
    },
  };
}
