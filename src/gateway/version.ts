import { bundleVersion } from "../api/gateway/bundle.ts";
import { packageCommit } from "../package/commit.ts";
import { packageFile } from "../package/package-file.ts";

/** What this program is, under the names that Envoy Gateway's `version` commands use. */
export interface VersionInfo {
  readonly envoyGatewayVersion: string;
  /** The Envoy that it is built and tested with. */
  readonly envoyProxyVersion: string;
  readonly gatewayAPIVersion: string;
  /** The commit that it was made from: that of the clone it runs in, or of the bundle; `unknown` where neither tells. */
  readonly gitCommitID: string;
  readonly nodeVersion: string;
}

/** Reads what this program is from its own files. */
export function versionInfo(): VersionInfo {
  const manifest: unknown = JSON.parse(packageFile("package.json").toString("utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
  return {
    envoyGatewayVersion: `v${version}`,
    envoyProxyVersion: "v1.40.0",
    gatewayAPIVersion: bundleVersion,
    gitCommitID: packageCommit() ?? "unknown",
    nodeVersion: process.version,
  };
}
