/** The real Helm, to hold the charts and our own rendering against: built from its Go module, once, outside the clone. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of scripts/setup.mjs. */
const cacheHome = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "envoy-gateway");
const version = "v3.22.0";
const home = join(cacheHome, `helm-${version}`);
const binary = join(home, "helm");

let without: string | undefined;

/**
 * The path of the `helm` binary, built on first use (about a minute of two processors); undefined where it cannot be built, for lack of
 * Go or of its modules, which is told on standard error.
 */
export function helmBinary(): string | undefined {
  if (without !== undefined) return undefined;
  if (existsSync(binary)) return binary;
  try {
    build();
    return binary;
  } catch (error) {
    without = error instanceof Error ? error.message : String(error);
    process.stderr.write(`SKIPPED: tests with the real Helm. ${without}\n`);
    return undefined;
  }
}

function build(): void {
  if (spawnSync("go", ["version"]).status !== 0) throw new Error("Go builds it, which is not here: https://go.dev");
  process.stderr.write(`building Helm ${version} ... `);
  mkdirSync(cacheHome, { recursive: true });
  const partial = mkdtempSync(`${home}.partial-`);
  try {
    const built = spawnSync("nice", ["-n", "19", "go", "install", "-trimpath", `helm.sh/helm/v3/cmd/helm@${version}`], {
      env: { ...process.env, GOBIN: partial, GOFLAGS: "", CGO_ENABLED: "0" },
      encoding: "utf8",
    });
    if (built.status !== 0) throw new Error(`building it failed:\n${built.stderr}`);
    mkdirSync(home, { recursive: true });
    renameSync(join(partial, "helm"), binary);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  process.stderr.write("done\n");
}

/** Runs Helm and gives what it prints; throws with its own words when it fails. Undefined where there is no Helm. */
export function helm(args: readonly string[], input = ""): string | undefined {
  const path = helmBinary();
  if (path === undefined) return undefined;
  const run = spawnSync(path, args, { input, encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`helm ${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}

// As a program, it prints the path of the binary.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.stdout.write(`${helmBinary() ?? ""}\n`);
