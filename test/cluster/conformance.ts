/** `npm run conformance`: the Gateway API conformance suite against our control plane on a real API server, on this machine. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runProgram } from "../../src/cli/program.ts";
import { buildBinaries } from "./binaries.ts";
import { bringUp, exitOf, runInside, takeDown } from "./cluster.ts";
import { folderOf, runningClusters } from "./cluster-folder.ts";
import { requireMachine } from "./machine.ts";

interface Options {
  readonly only?: string;
  readonly keep?: true;
}

const inside = fileURLToPath(new URL("conformance-run.ts", import.meta.url));

/** Reports and logs of the last run, below the project's folder. */
const outcomes = fileURLToPath(new URL("../../out/conformance", import.meta.url));

const program = new Command("npm run conformance --")
  .description(
    "Run the conformance suite of the Gateway API against this checkout: a cluster is started for it, and ended after it.",
  )
  .option("--only <test>", "run one test, like HTTPRouteSimpleSameNamespace")
  .option("--keep", "leave the cluster running, to look at it")
  .addHelpText("after", "\nThe report, what the suite printed and all logs go to out/conformance. Needs Linux, root and Go.")
  .action(run);
process.exitCode = (await runProgram(program, process.argv.slice(2))) || process.exitCode;

async function run({ only, keep }: Options): Promise<void> {
  requireMachine();
  runningClusters();
  const binaries = await buildBinaries();
  const name = `conformance-${process.pid}`;
  rmSync(outcomes, { recursive: true, force: true });
  mkdirSync(outcomes, { recursive: true });
  const stop = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: ending the cluster\n`);
    void takeDown(name).finally(() => process.exit(1));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  await bringUp(binaries, { name, tied: keep !== true });
  try {
    const command = [process.execPath, ...process.execArgv, inside, binaries.conformance, outcomes, only ?? ""];
    process.exitCode = await exitOf(runInside(name, command));
  } finally {
    cpSync(folderOf(name).logs, outcomes, { recursive: true });
    if (keep !== true) await takeDown(name);
  }
  process.stdout.write(`report and logs: ${outcomes}\n`);
  if (keep !== true) return;
  process.stdout.write(`The cluster is still there:
  npm run cluster -- kubectl --name ${name} get pods --all-namespaces
  npm run cluster -- down ${name}
`);
}
