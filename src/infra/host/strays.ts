import { readdirSync, rmSync } from "node:fs";
import type { HostDirectories } from "../../certificates/directories.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { Logger } from "../../log/logger.ts";
import { fleetFiles, fleetsDirectory, scopeDirectoryName } from "./directories.ts";
import { drainEnvoy } from "./drain.ts";
import { adoptEnvoy, clearAway, endEnvoy } from "./envoy-process.ts";
import { proxySettings } from "./proxy-settings.ts";
import type { RunningEnvoy } from "./running-envoys.ts";

/**
 * Ends the proxies that an earlier control plane left running (`left`, by the folder name of their fleet) for fleets that nobody wants any
 * more, and removes their files.
 */
export async function endStrays(
  directories: HostDirectories,
  left: ReadonlyMap<string, readonly RunningEnvoy[]>,
  wanted: Iterable<ScopeKey>,
  log: Logger,
): Promise<void> {
  const kept = new Set([...wanted].map(scopeDirectoryName));
  const folders = new Set([...left.keys(), ...readdirSync(fleetsDirectory(directories))]);
  const strays = [...folders].filter((name) => !kept.has(name));
  await Promise.all(
    strays.map(async (name) => {
      const files = fleetFiles(directories, name);
      await Promise.all(
        (left.get(name) ?? []).map(async (running) => {
          const envoy = adoptEnvoy(running, files);
          log.info("stopping an Envoy that was left running and is not wanted any more", {
            pid: running.identity.pid,
            proxy: name,
          });
          await drainEnvoy(envoy.admin, proxySettings(undefined), new AbortController().signal);
          await endEnvoy(envoy);
          clearAway(envoy, []);
        }),
      );
      rmSync(files.directory, { recursive: true, force: true });
    }),
  );
}
