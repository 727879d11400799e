import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleVersion } from "../api/gateway/bundle.ts";

/** What this program is, under the names that Envoy Gateway's `version` commands use. */
export interface VersionInfo {
  readonly envoyGatewayVersion: string;
  /** The Envoy that it is built and tested with. */
  readonly envoyProxyVersion: string;
  readonly gatewayAPIVersion: string;
  /** The commit that a clone stands at; `unknown` outside of one. */
  readonly gitCommitID: string;
  readonly nodeVersion: string;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Reads what this program is from its own folder. */
export function versionInfo(): VersionInfo {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
  return {
    envoyGatewayVersion: `v${version}`,
    envoyProxyVersion: "v1.40.0",
    gatewayAPIVersion: bundleVersion,
    gitCommitID: commit(join(root, ".git")) ?? "unknown",
    nodeVersion: process.version,
  };
}

/** The commit of HEAD; read from the files, because a user need not have git. See gitrepository-layout(5). */
function commit(gitFolder: string): string | undefined {
  const head = read(join(gitFolder, "HEAD"));
  const branch = head?.match(/^ref: (.+)$/)?.[1];
  if (branch === undefined) return head;
  const packed = read(join(gitFolder, "packed-refs"))
    ?.split("\n")
    .find((line) => line.endsWith(` ${branch}`));
  return read(join(gitFolder, branch)) ?? packed?.split(" ")[0];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
