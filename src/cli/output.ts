import { Option } from "commander";

/** How a command prints a value. */
export type OutputFormat = "json" | "yaml";

/** The option `-o`. */
export function outputOption(preset: OutputFormat): Option {
  return new Option("-o, --output <format>", "output format").choices(["json", "yaml"]).default(preset);
}

/** Prints a value to standard output. */
export async function print(value: unknown, format: OutputFormat): Promise<void> {
  const text =
    format === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : (await import("../api/yaml/print-yaml.ts")).printYaml(value);
  process.stdout.write(text);
}
