import { text } from "node:stream/consumers";
import { type LoadedObjects, loadObjects, parseObjects } from "../provider/file/load-objects.ts";

/** The path that stands for standard input. */
const standardInput = "-";

/** Reads the objects of files, folders and standard input (`-`). */
export async function readObjects(paths: readonly string[]): Promise<LoadedObjects> {
  const files = paths.filter((path) => path !== standardInput);
  if (files.length === paths.length) return loadObjects(files);
  const input = parseObjects(await text(process.stdin), "<stdin>");
  if (files.length === 0) return input;
  const loaded = await loadObjects(files);
  return { objects: [...input.objects, ...loaded.objects], problems: [...input.problems, ...loaded.problems] };
}
