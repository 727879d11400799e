/** Makes documents admissible: what a refusal blames is made smaller until there is nothing left to blame. */
import { admit } from "../../src/api/admission.ts";
import type { Document } from "./documents.ts";

const attempts = 20;

/** The document without the fields that it would be refused for, as far as that can be found; the given one stays as it was. */
export function repair(document: Document): Document {
  const mended = structuredClone(document);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const verdict = admit(mended);
    if ("object" in verdict) break;
    // What is required may be what an earlier attempt took: then all around it goes.
    const places = verdict.problems.map(({ field, detail }) =>
      stepsOf(field).slice(0, detail.startsWith("Required") ? -1 : undefined),
    );
    // From the end, so that the places of others stay what they are.
    for (const steps of places.toReversed()) reduce(mended, steps);
  }
  return mended;
}

function stepsOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter((step) => step !== "");
}

/** Takes the last part from an object or list, or of its only part; takes anything else away. */
function reduce(holder: unknown, [step, ...rest]: readonly string[]): void {
  if (step === undefined || typeof holder !== "object" || holder === null) return;
  const value: unknown = Reflect.get(holder, step);
  if (rest.length > 0) {
    reduce(value, rest);
    return;
  }
  const parts = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const [only] = parts;
  if (Array.isArray(value) && parts.length > 1) value.pop();
  else if (parts.length > 1) Reflect.deleteProperty(value as object, parts.at(-1) ?? "");
  else if (only !== undefined && Array.isArray(value)) reduce(value, [only]);
  else if (Array.isArray(holder)) holder.splice(Number(step), 1);
  else Reflect.deleteProperty(holder, step);
}
