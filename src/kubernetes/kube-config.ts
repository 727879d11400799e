import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isObject } from "../api/json-object.ts";
import { parseYaml } from "../api/yaml/parse-yaml.ts";

/** A cluster, a user and a namespace of kubeconfig files, as one of their contexts puts them together. Source: client.config.k8s.io/v1 */
export interface KubeConfig {
  readonly context: string;
  readonly namespace: string;
  readonly cluster: ConfigEntry;
  readonly user: ConfigEntry;
}

/** An entry of a kubeconfig file. Relative paths in it start at the file's folder. */
export interface ConfigEntry {
  /** `user "dev"`, for messages. */
  readonly title: string;
  readonly folder: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads kubeconfig files and chooses a context: the named one, else the current one. Of entries with one name, that of the first file
 * counts; files that do not exist are left out. Throws in words for the user.
 */
export function readKubeConfig(paths: readonly string[], contextName?: string): KubeConfig {
  const files = paths.flatMap(readConfigFile);
  const from = paths.join(", ");
  if (files.length === 0) throw new Error(`there is no kubeconfig file at ${from}`);
  const context = contextName ?? files.map(({ content }) => text(content["current-context"])).find((name) => name !== "");
  if (context === undefined) throw new Error(`${from}: no current-context; choose one with --context`);
  const { fields } = entryOf(files, "context", context);
  const namespace = text(fields.namespace);
  return {
    context,
    namespace: namespace === "" ? "default" : namespace,
    cluster: entryOf(files, "cluster", text(fields.cluster)),
    // A cluster that lets anybody in needs no user.
    user: text(fields.user) === "" ? { title: "user", folder: ".", fields: {} } : entryOf(files, "user", text(fields.user)),
  };
}

/** A field that holds text; empty where there is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * What a field of the entry, or the file that the field with the suffix-less name leads to, holds: `certificate-authority-data` in
 * base64, or the path `certificate-authority`. Undefined where there is neither. Throws when the file cannot be read.
 */
export function dataOf({ title, folder, fields }: ConfigEntry, name: string): string | undefined {
  const data = text(fields[`${name}-data`]);
  if (data !== "") return Buffer.from(data, "base64").toString("utf8");
  const path = text(fields[name]);
  if (path === "") return undefined;
  try {
    return readFileSync(resolve(folder, path), "utf8");
  } catch (error) {
    throw new Error(`kubeconfig ${title}: ${name} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

interface ConfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

function readConfigFile(path: string): readonly ConfigFile[] {
  let source: string;
  try {
    source = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new Error(`the kubeconfig file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = parseYaml(source);
  const content = "value" in parsed ? parsed.value : undefined;
  // What does not parse is not quoted: it may hold tokens.
  if (!isObject(content)) throw new Error(`${path} is not a kubeconfig file`);
  return [{ path, content }];
}

function entryOf(files: readonly ConfigFile[], kind: "context" | "cluster" | "user", name: string): ConfigEntry {
  for (const { path, content } of files) {
    const entries: unknown = content[`${kind}s`];
    const found: unknown = Array.isArray(entries) ? entries.find((entry) => isObject(entry) && entry.name === name) : undefined;
    const fields = isObject(found) ? found[kind] : undefined;
    if (isObject(fields)) return { title: `${kind} ${JSON.stringify(name)}`, folder: dirname(path), fields };
  }
  throw new Error(`${files.map(({ path }) => path).join(", ")}: there is no ${kind} ${JSON.stringify(name)}`);
}
