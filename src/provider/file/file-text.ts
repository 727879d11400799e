import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { codeOf, notAFile } from "./file-set.ts";
import { type FileStamp, sameStamp, stampOf } from "./file-stamp.ts";

/** A file's content with the stamp of the state that it is of, or why it cannot be had, or that there is no such file. */
export type FileText = { readonly text: string; readonly stamp: FileStamp } | { readonly failure: string } | "gone";

/** Larger files are refused: 64 MiB, some tens of thousands of objects. */
export const largestFile = 64 * 1024 * 1024;

/** Files up to so many bytes are read at once: handing such a file to another thread and back takes ten times as long as reading it. */
const smallFile = 256 * 1024;

/** How often a file that changes under our hands is read again before it is taken as it is. */
const mostTries = 3;

/** Without waiting for somebody to write, where a pipe has taken the place of a file. */
const toRead = constants.O_RDONLY | constants.O_NONBLOCK;

/** Where small files are read, one after the other. */
const smallContent = Buffer.allocUnsafeSlow(smallFile);

/** Reads a text file whole. A file that changes meanwhile is read again. */
export async function readText(path: string): Promise<FileText> {
  try {
    const found = readSmall(path);
    return found === "changed" || found === "large" ? await readCarefully(path) : found;
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" ? "gone" : { failure: `cannot be read (${code}); correct its permissions or remove it` };
  }
}

function readSmall(path: string): FileText | "changed" | "large" {
  const file = openSync(path, toRead);
  try {
    const before = fstatSync(file);
    if (!before.isFile()) return { failure: notAFile };
    if (before.size > smallFile) return "large";
    const length = readInto(file, before.size);
    if (length === undefined) return "large";
    return sameStamp(before, fstatSync(file)) ? decode(smallContent.subarray(0, length), stampOf(before)) : "changed";
  } finally {
    closeSync(file);
  }
}

/** Reads a file into `smallContent`; gives its length, undefined where there may be more. Some file systems say no size. */
function readInto(file: number, size: number): number | undefined {
  const most = size === 0 ? smallFile : size;
  let length = 0;
  while (length < most) {
    const more = readSync(file, smallContent, length, most - length, null);
    if (more === 0) break;
    length += more;
  }
  return size === 0 && length === most ? undefined : length;
}

async function readCarefully(path: string): Promise<FileText> {
  for (let tries = 1; ; tries++) {
    const found = await readOnce(path);
    if (found !== "changed") return found;
    if (tries === mostTries) return { failure: "keeps changing while it is read" };
  }
}

async function readOnce(path: string): Promise<FileText | "changed"> {
  const file = await open(path, toRead);
  try {
    const before = await file.stat();
    if (before.size > largestFile) return { failure: `is larger than ${largestFile} bytes; split it into several files` };
    const bytes = await file.readFile();
    return sameStamp(before, await file.stat()) ? decode(bytes, stampOf(before)) : "changed";
  } finally {
    await file.close();
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** UTF-8, with or without a byte order mark. */
function decode(bytes: Uint8Array, stamp: FileStamp): FileText {
  if (bytes.includes(0)) return { failure: "is not a text file; remove it from the folder" };
  try {
    return { text: utf8.decode(bytes), stamp };
  } catch {
    return { failure: "is not UTF-8; save it as UTF-8" };
  }
}
