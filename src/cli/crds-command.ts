import { type Command, Option } from "commander";
import { exitCodeHelp, failUsage } from "./program.ts";

/** Adds `crds`: the kinds that this version serves, as CustomResourceDefinitions to apply to a cluster. */
export function addCrdsCommand(program: Command): void {
  program
    .command("crds")
    .argument("[kind...]", "names of kinds (HTTPRoute, httproutes); all that have a definition where none is given")
    .description("print the CustomResourceDefinitions of the Gateway API and of Envoy Gateway's own kinds")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "yaml"]).default("yaml"))
    .addHelpText(
      "after",
      `\nExamples:\n  envoy-gateway crds | kubectl apply --server-side -f -\n  envoy-gateway crds HTTPRoute -o json\n${exitCodeHelp}`,
    )
    .action(async (names: readonly string[], { output }: { readonly output: string }, command: Command) => {
      const { builtKinds } = await import("../api/kinds.ts");
      const { customResourceDefinition } = await import("../api/schema/crd.ts");
      const custom = builtKinds.filter(({ custom }) => custom);
      const asked = names.map((name) => {
        const found = custom.find(({ kind, plural }) => [kind.toLowerCase(), plural].includes(name.toLowerCase()));
        return (
          found ??
          failUsage(command, `there is no definition of "${name}"; there are ${custom.map(({ kind }) => kind).join(", ")}`)
        );
      });
      const definitions = (asked.length > 0 ? asked : custom).map((kind) => customResourceDefinition(kind));
      process.stdout.write(output === "json" ? printJson(definitions) : await printDocuments(definitions));
    });
}

/** One document, or several as a List, which kubectl takes too. */
function printJson(definitions: readonly object[]): string {
  const [only, ...others] = definitions;
  const whole = others.length === 0 ? only : { apiVersion: "v1", kind: "List", items: definitions };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

async function printDocuments(definitions: readonly object[]): Promise<string> {
  const { printYaml } = await import("../api/yaml/print-yaml.ts");
  return definitions
    .map(
      (definition) => `---
${printYaml(definition)}`,
    )
    .join("");
}
