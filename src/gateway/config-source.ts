import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import type { EnvoyGateway } from "../api/config/envoy-gateway.ts";
import { parseConfig } from "../api/config/parse-config.ts";
import { checkSupported } from "../api/config/support.ts";
import { fieldLines } from "../api/yaml/field-lines.ts";
import { describeFileProblem, type FileProblem } from "../api/yaml/file-problem.ts";

/** A configuration that cannot be used. The message is one line for each thing that is wrong. */
export class ConfigError extends Error {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(describeFileProblem).join("\n"));
    this.problems = problems;
  }
}

/** Reads a configuration file. Throws a ConfigError that names file, line and field of all that is wrong. */
export function readConfigFile(file: string): EnvoyGateway {
  return read(readText(file), file);
}

/** The same for a server, which refuses also what this version does not have. */
export function readServerConfig(file: string): EnvoyGateway {
  const text = readText(file);
  const config = read(text, file);
  const unsupported = checkSupported(config);
  if (unsupported.length === 0) return config;
  const lineOf = fieldLines(text);
  throw new ConfigError(unsupported.map(({ field, message }) => ({ file, line: lineOf(field), field, message })));
}

function read(text: string, file: string): EnvoyGateway {
  const parsed = parseConfig(text, file);
  if ("problems" in parsed) throw new ConfigError(parsed.problems);
  return parsed.config;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reasons: Record<string, string> = {
      ENOENT: "no such file",
      EACCES: "may not be read by this user",
      EISDIR: "is a folder, not a file",
    };
    throw new ConfigError([{ file, message: reasons[String(code)] ?? String(error) }]);
  }
}

/** Calls `onChange` whenever the file is another one or has other content. Looked at once a second: works on every file system. */
export function watchConfigFile(file: string, onChange: () => void): () => void {
  const path = resolve(file);
  watchFile(path, { interval: 1_000, persistent: false }, onChange);
  return () => unwatchFile(path, onChange);
}
