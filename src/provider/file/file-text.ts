import { open } from "node:fs/promises";
import { codeOf, type Stamp, stampOf } from "./file-set.ts";

/** A file's content with the stamp of the state that it is of, or why it cannot be had. */
export type FileText = { readonly text: string; readonly stamp: Stamp } | { readonly failure: string };

/** Larger files are refused: 64 MiB, some tens of thousands of objects. */
export const largestFile = 64 * 1024 * 1024;

/** How often a file that changes under our hands is read again before it is taken as it is. */
const mostTries = 3;

/** Reads a text file whole. A file that changes meanwhile is read again. */
export async function readText(path: string): Promise<FileText> {
  try {
    for (let tries = 1; ; tries++) {
      const found = await readOnce(path);
      if (found !== "changed" || tries === mostTries)
        return found === "changed" ? { failure: "keeps changing while it is read" } : found;
    }
  } catch (error) {
    return { failure: `cannot be read (${codeOf(error)}); correct its permissions or remove it` };
  }
}

async function readOnce(path: string): Promise<FileText | "changed"> {
  const file = await open(path);
  try {
    const before = stampOf(await file.stat({ bigint: true }));
    if (before.size > largestFile) return { failure: `is larger than ${largestFile} bytes; split it into several files` };
    const bytes = await file.readFile();
    const after = stampOf(await file.stat({ bigint: true }));
    return before.text === after.text ? decode(bytes, after) : "changed";
  } finally {
    await file.close();
  }
}

/** UTF-8, with or without a byte order mark. */
function decode(bytes: Uint8Array, stamp: Stamp): FileText {
  if (bytes.includes(0)) return { failure: "is not a text file; remove it from the folder" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), stamp };
  } catch {
    return { failure: "is not UTF-8; save it as UTF-8" };
  }
}
