/** A file provider over a folder of its own, with the graph that it fills. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileProblem } from "../../src/api/yaml/file-problem.ts";
import { type Objects, openObjects } from "../../src/gatewayapi/objects.ts";
import { createGathering, createGraph } from "../../src/graph/index.ts";
import { createLogs } from "../../src/log/logger.ts";
import { createFileProvider, type FileMemory, type FileProviderOptions } from "../../src/provider/file/file-provider.ts";
import { writerTo } from "../../src/provider/provider.ts";

/** Longer than anything here takes, on any machine. */
const mostMs = 30_000;

/** What tests do with a provider. */
export interface FileWorld {
  readonly folder: string;
  readonly objects: Objects;
  /** The path of a file in the folder. */
  path(file: string): string;
  write(file: string, content: string | Uint8Array): void;
  /** Waits until `check` is true; rejects, with what is there, when it never is. */
  until(what: string, check: () => boolean): Promise<void>;
  problems(): readonly FileProblem[];
  /** What the provider knows, for a later one. */
  memory(): FileMemory;
  log(): string;
  /** How many batches the graph has settled. */
  version(): number;
}

/** Starts a provider over a folder with `files`, waits for its first content, calls `use`, and removes everything. */
export async function inFileWorld(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (world: FileWorld) => Promise<void>,
  options: Partial<FileProviderOptions> = {},
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "files-"));
  const folder = join(root, "objects");
  mkdirSync(folder);
  const path = (file: string) => join(folder, file);
  const write = (file: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), content);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
  const graph = createGraph();
  const objects = openObjects(graph);
  const gathering = createGathering(graph);
  let log = "";
  const logs = createLogs({ level: { default: "debug" } }, { write: (line) => (log += line) });
  const paths = options.paths?.map((each) => join(root, each)) ?? [folder];
  // Without polling: the tests shall prove that events do it.
  const provider = createFileProvider({
    writer: writerTo(objects),
    gathering,
    log: logs.for("provider"),
    pollMs: 600_000,
    ...options,
    paths,
  });
  provider.start();
  const world: FileWorld = {
    folder,
    objects,
    path,
    write,
    problems: () => provider.problems(),
    memory: () => provider.memory(),
    log: () => log,
    version: () => graph.version,
    async until(what, check) {
      const end = Date.now() + mostMs;
      while (!check()) {
        if (Date.now() > end)
          throw new Error(`waited in vain until ${what}; problems: ${JSON.stringify(provider.problems())}; log:\n${log}`);
        await sleep(5);
      }
    },
  };
  try {
    await provider.synced;
    await gathering.synced;
    await use(world);
  } finally {
    await provider.stop();
    gathering.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** A ConfigMap as YAML: the smallest object with content. */
export function configMap(name: string, value: string, namespace = "default"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  value: ${JSON.stringify(value)}\n`;
}
