import { isObject } from "../../../api/json-object.ts";
import type { Json } from "../objects/kubernetes-object.ts";

/** A JSON merge patch (RFC 7396): objects merge, null removes, everything else replaces. */
export function mergeJson(target: Json, patch: Json): Json {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergeJson(asObject(merged[key]), value) : value;
  }
  return merged;
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}
