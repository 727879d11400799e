/** Clusters that are there for one command. */
import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Binaries } from "./binaries.ts";
import { bringUp, exitOf, runInside, takeDown } from "./cluster.ts";
import { folderOf } from "./cluster-folder.ts";

/** What a cluster is brought up for. */
export interface Passage {
  readonly binaries: Binaries;
  /** Name of the cluster. */
  readonly name: string;
  /** What Node is to run inside: a program with its arguments, after flags. */
  readonly command: readonly string[];
  /** Takes the logs of the cluster. */
  readonly outcomes: string;
  /** The cluster stays. */
  readonly keep?: boolean;
}

/** The folder of outcomes of that name, below the project's. */
export function outcomeFolder(name: string): string {
  return pathOf(`../../out/${name}`);
}

/** The path of a file below `test/cluster`. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Brings a cluster up, runs a program inside and takes the cluster down, also when this process is told to end. Gives the exit code. */
export async function passThroughCluster({ binaries, name, command, outcomes, keep = false }: Passage): Promise<number> {
  const stop = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: ending the cluster\n`);
    void takeDown(name).finally(() => process.exit(1));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  mkdirSync(outcomes, { recursive: true });
  try {
    await bringUp(binaries, { name, tied: !keep });
    try {
      return await exitOf(runInside(name, [process.execPath, ...process.execArgv, ...command]));
    } finally {
      cpSync(folderOf(name).logs, outcomes, { recursive: true });
      if (!keep) await takeDown(name);
    }
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
