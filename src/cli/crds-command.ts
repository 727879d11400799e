import { type Command, Option } from "commander";
import type { Kind } from "../api/schema/kind.ts";
import { exitCodeHelp, failUsage } from "./program.ts";

interface CrdsOptions {
  readonly output: string;
  readonly channel: string;
}

/** Adds `crds`: the kinds that this version serves, as CustomResourceDefinitions to apply to a cluster. */
export function addCrdsCommand(program: Command): void {
  program
    .command("crds")
    .argument("[kind...]", "names of kinds (HTTPRoute, httproutes); all that have a definition where none is given")
    .description("print the CustomResourceDefinitions of the Gateway API and of Envoy Gateway's own kinds")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "yaml"]).default("yaml"))
    .addOption(
      new Option("--channel <channel>", "channel of the Gateway API")
        .choices(["experimental", "standard"])
        .default("experimental"),
    )
    .addHelpText(
      "after",
      `\nExamples:\n  envoy-gateway crds | kubectl apply --server-side -f -\n  envoy-gateway crds HTTPRoute -o json\n${exitCodeHelp}`,
    )
    .action(async (names: readonly string[], { output, channel }: CrdsOptions, command: Command) => {
      const { builtKinds } = await import("../api/kinds.ts");
      const { customResourceDefinition } = await import("../api/schema/crd.ts");
      const { inStandardChannel } = await import("../api/gateway/standard-channel.ts");
      const custom = builtKinds.filter(({ custom }) => custom);
      const asked = names.map((name) => {
        const found = custom.find(({ kind, plural }) => [kind.toLowerCase(), plural].includes(name.toLowerCase()));
        return (
          found ??
          failUsage(command, `there is no definition of "${name}"; there are ${custom.map(({ kind }) => kind).join(", ")}`)
        );
      });
      const kinds: readonly Kind[] = asked.length > 0 ? asked : custom;
      const definitions = kinds.map((kind) => customResourceDefinition(channel === "standard" ? inStandardChannel(kind) : kind));
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
