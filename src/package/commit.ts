import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "./package-file.ts";

/** The file in which a bundle says what commit it was made from. */
export const commitFile = "commit";

/**
 * The commit that the program was made from; undefined where nothing tells. It is read from the files of the clone, because a user
 * need not have git. See gitrepository-layout(5).
 */
export function packageCommit(): string | undefined {
  if (globalThis.packageFiles !== undefined) return packageFile(commitFile).toString("utf8") || undefined;
  const folder = join(import.meta.dirname, "../../.git");
  const head = read(join(folder, "HEAD"));
  const branch = head?.match(/^ref: (.+)$/)?.[1];
  if (branch === undefined) return head;
  const packed = read(join(folder, "packed-refs"))
    ?.split("\n")
    .find((line) => line.endsWith(` ${branch}`));
  return read(join(folder, branch)) ?? packed?.split(" ")[0];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
