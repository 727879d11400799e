/** `npm run test:cluster`: tests on a real API server, each suite in a cluster of its own. */
import { cpSync, globSync, mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { failUsage, runProgram } from "../../src/cli/program.ts";
import { buildBinaries } from "./binaries.ts";
import { bringUp, exitOf, runInside, takeDown } from "./cluster.ts";
import { folderOf, runningClusters } from "./cluster-folder.ts";
import { requireMachine } from "./machine.ts";

const suites = fileURLToPath(new URL("suites", import.meta.url));
const outcomes = fileURLToPath(new URL("../../out/cluster", import.meta.url));

/** What suites share, in the same folder. */
const shared = ["this-cluster"];
const names = globSync("*.ts", { cwd: suites })
  .map((file) => basename(file, ".ts"))
  .filter((name) => !shared.includes(name))
  .sort();

const program = new Command("npm run test:cluster --")
  .description("Test this checkout on a real API server. A cluster is started for each suite, and ended after it.")
  .argument("[suite...]", `what to test; all where none is given: ${names.join(", ")}`)
  .addHelpText("after", "\nLogs go to out/cluster. Needs Linux, root and Go.")
  .action(async (asked: readonly string[]) => {
    const unknown = asked.find((name) => !names.includes(name));
    if (unknown !== undefined) failUsage(program, `there is no suite ${unknown}; there are ${names.join(", ")}`);
    await run(asked.length > 0 ? asked : names);
  });
process.exitCode = (await runProgram(program, process.argv.slice(2))) || process.exitCode;

async function run(chosen: readonly string[]): Promise<void> {
  requireMachine();
  runningClusters();
  const binaries = await buildBinaries();
  rmSync(outcomes, { recursive: true, force: true });
  const name = `test-${process.pid}`;
  const stop = () => void takeDown(name).finally(() => process.exit(1));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  for (const suite of chosen) {
    await bringUp(binaries, { name, tied: true });
    try {
      const runner = ["--test", "--test-isolation=none", "--test-force-exit", "--test-reporter=spec", `${suites}/${suite}.ts`];
      const code = await exitOf(runInside(name, [process.execPath, ...process.execArgv, ...runner]));
      if (code !== 0) process.exitCode = 1;
    } finally {
      mkdirSync(`${outcomes}/${suite}`, { recursive: true });
      cpSync(folderOf(name).logs, `${outcomes}/${suite}`, { recursive: true });
      await takeDown(name);
    }
  }
}
