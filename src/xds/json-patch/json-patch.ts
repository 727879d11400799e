/** JSON patches (RFC 6902) that may address by JSONPath (RFC 9535), as users write them. */
import { exec, type JsonValue } from "jsonpath-rfc9535";
import { applyPatch, type Operation, Pointer } from "rfc6902";

/** One operation: `path` is relative to each match of `jsonPath`, or to the whole where there is no `jsonPath`. */
export interface PatchOperation {
  readonly op: Operation["op"];
  readonly path?: string;
  readonly jsonPath?: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** What came of a patch: the new document, or why it cannot be applied, beginning with the operation. */
export type Patched = { readonly document: unknown } | { readonly mistake: string };

/** Applies all operations, one after the other, to a copy of `document`, which is plain JSON. The first mistake ends it. */
export function patched(document: unknown, operations: readonly PatchOperation[]): Patched {
  // One level above, so that an operation may replace the whole.
  const frame = { document: structuredClone(document) };
  for (const [i, operation] of operations.entries()) {
    const mistake = apply(frame, operation);
    if (mistake !== undefined) return { mistake: `[${i}]: ${mistake}` };
  }
  return frame;
}

const root = "/document";

function apply(frame: { document: unknown }, operation: PatchOperation): string | undefined {
  const { op, path, jsonPath, from } = operation;
  if (path === undefined && jsonPath === undefined) return "path or jsonPath is missing";
  if ((op === "move" || op === "copy") && from === undefined) return `from is missing; ${op} needs it`;
  if ((op === "add" || op === "replace" || op === "test") && operation.value === undefined) {
    return `value is missing; ${op} needs it`;
  }
  if (path !== undefined && path !== "" && !path.startsWith("/")) return `path ${path} is no JSON pointer; begin it with /`;
  const places = jsonPath === undefined ? [""] : find(frame.document, jsonPath);
  if (typeof places === "string") return `jsonPath ${jsonPath}: ${places}`;
  if (places.length === 0) return `jsonPath ${jsonPath} matches nothing`;
  const full = { ...operation, ...(from !== undefined && { from: root + from }) };
  for (const place of places) {
    // The cast: what the operation needs has just been looked for.
    const [error] = applyPatch(frame, [{ ...full, path: `${root}${place}${path ?? ""}` } as Operation]);
    if (error) return `${op} ${place}${path ?? ""}: ${told(error)}`;
  }
  return undefined;
}

/** JSON pointers to all matches, or what is wrong with the expression. Later ones first, so that removing keeps the others' places. */
function find(document: unknown, expression: string): readonly string[] | string {
  const pointers: string[] = [];
  try {
    exec(document as JsonValue, expression, (_value, path) => pointers.push(new Pointer(["", ...path.map(String)]).toString()));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return pointers.reverse();
}

function told({ message }: Error): string {
  return message.replaceAll(root, "");
}
