/** Server-side apply, as far as statuses need it: lists of conditions and listeners are merged by their keys, all else is replaced. */
import { isDeepStrictEqual } from "node:util";
import type { FakeObject } from "./fake-api-server.ts";

/** The keys of lists that are merged. */
const listKeys: Readonly<Record<string, string>> = { conditions: "type", listeners: "name" };

/** The object after an apply; the very same where nothing changes. Fields that the manager leaves out stay, which is what tests need. */
export function applied<T extends FakeObject>(
  before: T | undefined,
  patch: FakeObject,
  subresource: string | undefined,
  _manager: string,
): T | FakeObject {
  if (before === undefined) return patch;
  const next =
    subresource === "status"
      ? { ...before, status: merged(before.status, patch.status, "") }
      : (merged(before, patch, "") as FakeObject);
  return isDeepStrictEqual(next, before) ? before : next;
}

/** A merge patch (RFC 7386). */
export function mergePatched(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const base = isRecord(before) ? before : {};
  const fields = Object.entries(patch).map(([name, value]) => [
    name,
    value === null ? undefined : mergePatched(base[name], value),
  ]);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(fields) }).filter(([, value]) => value !== undefined),
  );
}

function merged(before: unknown, patch: unknown, name: string): unknown {
  const key = listKeys[name];
  if (Array.isArray(patch) && Array.isArray(before) && key !== undefined) {
    const told = new Map(patch.map((item) => [item[key], item]));
    const kept = before.map((item) => (told.has(item[key]) ? merged(item, told.get(item[key]), "") : item));
    return [...kept, ...patch.filter((item) => !before.some((other) => other[key] === item[key]))];
  }
  if (!isRecord(patch) || !isRecord(before)) return patch;
  const entries = Object.keys(patch).map((field) => [field, merged(before[field], patch[field], field)] as const);
  return { ...before, ...Object.fromEntries(entries) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
