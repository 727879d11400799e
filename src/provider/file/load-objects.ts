import type { ApiObject } from "../../api/kinds.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { desiredObjects, type FileReading } from "./desired-objects.ts";
import { readDocument } from "./document-reading.ts";
import { splitDocuments } from "./documents.ts";
import { createFileReader } from "./file-reader.ts";
import { listFiles } from "./file-set.ts";
import { withNamespaces } from "./implied-namespaces.ts";

/** Objects read once, and what was wrong. */
export interface LoadedObjects {
  /** In the order of files and lines, followed by the namespaces that they imply. */
  readonly objects: readonly ApiObject[];
  readonly problems: readonly FileProblem[];
}

/** Reads the objects of files and folders once, as the file provider does. */
export async function loadObjects(paths: readonly string[]): Promise<LoadedObjects> {
  const { files, problems } = await listFiles(paths);
  return together((await createFileReader().read(files)).readings, problems);
}

/** Reads the objects of a text, for instance of standard input; `file` is only named in problems. */
export function parseObjects(text: string, file: string): LoadedObjects {
  const documents = splitDocuments(text).map((document) => readDocument(document, file));
  return together([{ path: file, documents }], []);
}

function together(files: readonly FileReading[], listing: readonly FileProblem[]): LoadedObjects {
  const { entries, problems } = desiredObjects(files, new Map());
  return { objects: withNamespaces([...entries.values()].map(({ object }) => object)), problems: [...listing, ...problems] };
}
