import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.ts";

/**
 * Claims a runtime directory for this process: two control planes on one directory would end each other's proxies. Throws when a
 * living process has it; a claim of a dead one is taken over. Returns a function that gives the claim back.
 */
export function claimRuntimeDirectory(directory: string): () => void {
  const path = join(directory, "control-plane.json");
  const holder = readHolder(path);
  if (holder !== undefined && isRunning(holder)) {
    throw new Error(
      `another envoy-gateway (pid ${holder.pid}) runs its proxies from ${directory}: stop it, or give this one another folder ` +
        "(provider.custom.infrastructure.host.runtimeDir in the config file, or TMPDIR)",
    );
  }
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify(identify(process.pid) ?? { pid: process.pid, startTime: 0 }), { flag: "wx", mode: 0o600 });
  return () => rmSync(path, { force: true });
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || !("startTime" in value)) return undefined;
    return typeof value.pid === "number" && typeof value.startTime === "number"
      ? { pid: value.pid, startTime: value.startTime }
      : undefined;
  } catch {
    return undefined;
  }
}
