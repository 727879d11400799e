import type { Command } from "commander";
import { exitCodeHelp, ToldFailure } from "./program.ts";

/** Adds `validate`: checks objects as an API server would, without one. */
export function addValidateCommand(parent: Command): void {
  parent
    .command("validate")
    .description("check Gateway API and Envoy Gateway objects: fields, values, rules")
    .requiredOption("-f, --file <path...>", "files and folders with the objects; - is standard input")
    .addHelpText(
      "after",
      `\nPrints one line for each mistake: file:line: object: field: what is wrong.
\nExamples:\n  egctl x validate -f gateway.yaml\n  egctl x validate -f manifests/ more.yaml\n  kustomize build . | egctl x validate -f -\n${exitCodeHelp}`,
    )
    .action(async ({ file }: { readonly file: readonly string[] }) => {
      const [{ readObjects }, { describeFileProblem }] = await Promise.all([
        import("./read-objects.ts"),
        import("../api/yaml/file-problem.ts"),
      ]);
      const { problems } = await readObjects(file);
      for (const problem of problems) process.stderr.write(`${describeFileProblem(problem)}\n`);
      if (problems.length > 0) throw new ToldFailure(`${problems.length} mistakes`);
      process.stdout.write("all objects are valid\n");
    });
}
