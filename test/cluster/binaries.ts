/** Builds what the cluster is made of from Go modules, once for each version of its sources. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The built programs, by path. */
export interface Binaries {
  /** The API server with its controllers. */
  readonly kubelite: string;
  readonly etcd: string;
  /** The Gateway API conformance suite, a Go test program. */
  readonly conformance: string;
  /** The folder of the backend that the conformance suite sends its requests to. */
  readonly echoImage: string;
  /** The folder of the DNS server that the conformance suite asks. */
  readonly dnsImage: string;
}

interface Step {
  readonly title: string;
  /** Below the folder of binaries. */
  readonly output: string;
  readonly go: readonly string[];
}

const sources = fileURLToPath(new URL("go", import.meta.url));
const small = ["-trimpath", "-ldflags", "-s -w"];

/** The API server comes first: the others share its packages. */
const steps: readonly Step[] = [
  {
    title: "kubelite (API server and controllers; 8 minutes on 2 idle cores the first time)",
    output: "bin/kubelite",
    go: ["build", ...small, "-tags", "grpcnotrace", "./kubelite"],
  },
  { title: "etcd", output: "bin/etcd", go: ["build", ...small, "-tags", "grpcnotrace", "go.etcd.io/etcd/server/v3"] },
  {
    title: "echo-basic (backend of the conformance suite)",
    output: "echo/echo-basic",
    go: ["build", ...small, "-tags", "grpcnotrace", "sigs.k8s.io/gateway-api/conformance/echo-basic"],
  },
  { title: "dnsecho (DNS backend of the conformance suite)", output: "dns/dnsecho", go: ["build", ...small, "./dnsecho"] },
  {
    title: "conformance suite",
    output: "bin/conformance.test",
    go: ["test", "-c", ...small, "sigs.k8s.io/gateway-api/conformance"],
  },
];

/** Builds what is not there yet, telling on standard error what it does. Throws with the compiler's words when a build fails. */
export async function buildBinaries(): Promise<Binaries> {
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "envoy-gateway", `cluster-${sourceHash()}`);
  const missing = steps.filter(({ output }) => !existsSync(join(home, output)));
  for (const [index, step] of missing.entries()) await build(home, step, `${index + 1}/${missing.length}`);
  return {
    kubelite: join(home, "bin/kubelite"),
    etcd: join(home, "bin/etcd"),
    conformance: join(home, "bin/conformance.test"),
    echoImage: join(home, "echo"),
    dnsImage: join(home, "dns"),
  };
}

/** Of everything that goes into a build, the commands and the compiler included. */
function sourceHash(): string {
  const hash = createHash("sha256").update(JSON.stringify(steps));
  for (const file of globSync("**/*", { cwd: sources, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

/** The result appears whole or not at all: two builds at once, or one that is interrupted, do no harm. */
async function build(home: string, { title, output, go }: Step, place: string): Promise<void> {
  const target = join(home, output);
  const partial = join(home, `partial-${process.pid}`);
  mkdirSync(join(target, ".."), { recursive: true });
  const stopTelling = tellProgress(`building ${place}: ${title}`);
  const { code, log } = await compile(go, partial);
  stopTelling(code === 0);
  if (code === 0) return renameSync(partial, target);
  rmSync(partial, { force: true });
  const file = join(home, "build.log");
  writeFileSync(file, log);
  throw new Error(`building ${output} failed (all of it is in ${file}):\n${log.trim().split("\n").slice(-20).join("\n")}`);
}

/** Modules come over a network, which may fail for a moment. */
const networkTrouble = /dial tcp|connection (?:reset|refused)|TLS handshake|i\/o timeout|unexpected EOF|: 50[234] /;

async function compile([verb = "", ...rest]: readonly string[], output: string): Promise<Outcome> {
  for (let tries = 3; ; tries--) {
    const outcome = await run("go", [verb, "-o", output, ...rest]);
    if (outcome.code === 0 || tries === 1 || !networkTrouble.test(outcome.log)) return outcome;
    process.stderr.write(`  the network failed, trying again: ${outcome.log.trim().split("\n").at(-1)}\n`);
    await sleep(10_000);
  }
}

/** Tells a step and, on a terminal or not, that it goes on. */
function tellProgress(title: string): (done: boolean) => void {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  process.stderr.write(`${title} ...\n`);
  const timer = setInterval(() => process.stderr.write(`  still building, ${seconds()} s\n`), 60_000);
  return (done) => {
    clearInterval(timer);
    process.stderr.write(`  ${done ? "built" : "failed"} after ${seconds()} s\n`);
  };
}

/** What came of a command. */
interface Outcome {
  readonly code: number | null;
  readonly log: string;
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
    const child = spawn(command, args, { cwd: sources, env, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, log }));
  });
}
