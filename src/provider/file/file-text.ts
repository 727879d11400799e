import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { codeOf, type FoundFile, type Stamp, stampOf } from "./file-set.ts";

/** A file's content with the stamp of the state that it is of, or why it cannot be had. */
export type FileText = { readonly text: string; readonly stamp: Stamp } | { readonly failure: string };

/** Larger files are refused: 64 MiB, some tens of thousands of objects. */
export const largestFile = 64 * 1024 * 1024;

/** Files up to so many bytes are read at once: handing such a file to another thread and back takes ten times as long as reading it. */
const smallFile = 256 * 1024;

/** How often a file that changes under our hands is read again before it is taken as it is. */
const mostTries = 3;

/** Reads a text file whole. A file that changes meanwhile, or since it was listed, is read again. */
export async function readText({ path, stamp: listed }: FoundFile): Promise<FileText> {
  try {
    const found = listed.size <= smallFile ? readSmall(path, listed) : "changed";
    return found === "changed" ? await readCarefully(path) : found;
  } catch (error) {
    return { failure: `cannot be read (${codeOf(error)}); correct its permissions or remove it` };
  }
}

function readSmall(path: string, listed: Stamp): FileText | "changed" {
  const file = openSync(path, "r");
  try {
    const before = fstatSync(file, { bigint: true });
    if (Number(before.size) > smallFile || stampOf(before).text !== listed.text) return "changed";
    const bytes = readFileSync(file);
    return stampOf(fstatSync(file, { bigint: true })).text === listed.text ? decode(bytes, listed) : "changed";
  } finally {
    closeSync(file);
  }
}

async function readCarefully(path: string): Promise<FileText> {
  for (let tries = 1; ; tries++) {
    const found = await readOnce(path);
    if (found !== "changed") return found;
    if (tries === mostTries) return { failure: "keeps changing while it is read" };
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

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** UTF-8, with or without a byte order mark. */
function decode(bytes: Uint8Array, stamp: Stamp): FileText {
  if (bytes.includes(0)) return { failure: "is not a text file; remove it from the folder" };
  try {
    return { text: utf8.decode(bytes), stamp };
  } catch {
    return { failure: "is not UTF-8; save it as UTF-8" };
  }
}
