/** `npm run test:cluster`: tests on a real API server, each suite in a cluster of its own. */
import { globSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { failUsage, runProgram } from "../../src/cli/program.ts";
import { buildBinaries } from "./binaries.ts";
import { runningClusters } from "./cluster-folder.ts";
import { requireMachine } from "./machine.ts";
import { outcomeFolder, passThroughCluster, pathOf } from "./passing-cluster.ts";

const suites = pathOf("suites");

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
  const all = outcomeFolder("cluster");
  rmSync(all, { recursive: true, force: true });
  for (const suite of chosen) {
    const runner = ["--test", "--test-isolation=none", "--test-force-exit", "--test-reporter=spec"];
    const command = [...runner, `${suites}/${suite}.ts`];
    const code = await passThroughCluster({ binaries, name: `test-${process.pid}`, command, outcomes: join(all, suite) });
    if (code !== 0) process.exitCode = 1;
  }
}
