import { readdirSync, rmSync } from "node:fs";
import type { HostDirectories } from "../../certificates/directories.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { Logger } from "../../log/logger.ts";
import { fleetFiles, fleetsDirectory, scopeDirectoryName } from "./directories.ts";
import { drainEnvoy } from "./drain.ts";
import { envoyAdmin } from "./envoy-admin.ts";
import { endEnvoy, findEnvoyLeftRunning } from "./envoy-process.ts";
import { proxySettings } from "./proxy-settings.ts";

/** Ends the proxies that an earlier control plane left running for fleets that nobody wants any more, and removes their files. */
export async function endStrays(directories: HostDirectories, wanted: Iterable<ScopeKey>, log: Logger): Promise<void> {
  const kept = new Set([...wanted].map(scopeDirectoryName));
  const strays = readdirSync(fleetsDirectory(directories)).filter((name) => !kept.has(name));
  await Promise.all(
    strays.map(async (name) => {
      const files = fleetFiles(directories, name);
      const envoy = findEnvoyLeftRunning(files);
      if (envoy !== undefined) {
        log.info("stopping an Envoy that was left running and is not wanted any more", { pid: envoy.record.pid, proxy: name });
        await drainEnvoy(envoyAdmin(files.adminAddress), proxySettings(undefined), new AbortController().signal);
        await endEnvoy(envoy, files);
      }
      rmSync(files.directory, { recursive: true, force: true });
    }),
  );
}
