/** `npm run conformance`: the Gateway API conformance suite against our control plane on a real API server, on this machine. */
import { rmSync } from "node:fs";
import { Command } from "commander";
import { runProgram } from "../../src/cli/program.ts";
import { buildBinaries } from "./binaries.ts";
import { runningClusters } from "./cluster-folder.ts";
import { requireMachine } from "./machine.ts";
import { outcomeFolder, passThroughCluster, pathOf } from "./passing-cluster.ts";

interface Options {
  readonly only?: string;
  readonly keep?: boolean;
  readonly again?: boolean;
}

const program = new Command("npm run conformance --")
  .description(
    "Run the conformance suite of the Gateway API against this checkout: a cluster is started for it, and ended after it.",
  )
  .option("--only <test>", "run one test, like HTTPRouteSimpleSameNamespace")
  .option("--again", "give up to three tests that fail a second try each, and tell that")
  .option("--keep", "leave the cluster running, to look at it")
  .addHelpText("after", "\nThe report, what the suite printed and all logs go to out/conformance. Needs Linux, root and Go.")
  .action(run);
process.exitCode = (await runProgram(program, process.argv.slice(2))) || process.exitCode;

async function run({ only = "", keep = false, again = false }: Options): Promise<void> {
  requireMachine();
  runningClusters();
  const binaries = await buildBinaries();
  const name = `conformance-${process.pid}`;
  const outcomes = outcomeFolder("conformance");
  rmSync(outcomes, { recursive: true, force: true });
  const command = [pathOf("conformance-run.ts"), binaries.conformance, outcomes, only, ...(again ? ["again"] : [])];
  process.exitCode = await passThroughCluster({ binaries, name, command, outcomes, keep });
  process.stdout.write(`report and logs: ${outcomes}\n`);
  if (!keep) return;
  process.stdout.write(`The cluster is still there:
  npm run cluster -- kubectl --name ${name} get pods --all-namespaces
  npm run cluster -- down ${name}
`);
}
