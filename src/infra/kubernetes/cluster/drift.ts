/** Whether an object is as it was applied. An API server adds defaults and writes some values in another way, so equality does not tell. */
import { createHash } from "node:crypto";
import { isObject } from "../../../api/json-object.ts";
import type { Json, KubernetesObject } from "../objects/kubernetes-object.ts";

/** 16 hex digits that change when anything in an object does. */
export function digestOf(object: KubernetesObject): string {
  return createHash("sha256").update(JSON.stringify(object)).digest("hex").slice(0, 16);
}

/** The part of `stored` that `applied` is about, as it is stored: what is added by others elsewhere is left out. */
export function storedPart(applied: Json, stored: Json): Json {
  const members = Object.keys(applied).filter((key) => key in stored);
  return Object.fromEntries(members.map((key) => [key, partOf(applied[key], stored[key])]));
}

function partOf(applied: unknown, stored: unknown): unknown {
  if (Array.isArray(applied) && Array.isArray(stored) && applied.length === stored.length) {
    return applied.map((each, i) => partOf(each, stored[i]));
  }
  return isObject(applied) && isObject(stored) ? storedPart(applied, stored) : stored;
}

/** Whether a stored object is as `expected` says; items of lists say neither kind nor version. */
export function isAsExpected(stored: Json, { apiVersion: _, kind: __, ...expected }: Json): boolean {
  return covers(stored, expected);
}

/** Whether everything that `expected` says is so in `stored`, which may say more. */
function covers(stored: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return Array.isArray(stored) && stored.length === expected.length && expected.every((each, i) => covers(stored[i], each));
  }
  if (!isObject(expected)) return stored === expected;
  return (
    isObject(stored) &&
    Object.entries(expected).every(([key, value]) => covers(stored[key], value) || isEmpty(key, stored, value))
  );
}

/** An API server leaves out what says nothing: an empty list or object that is not there is the same. */
function isEmpty(key: string, stored: Json, value: unknown): boolean {
  if (stored[key] !== undefined) return false;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
