/**
 * Strategic merge patches, as Kubernetes merges objects that it knows: lists of objects by a member that tells them apart, with
 * directives in the patch for what cannot be said otherwise.
 * Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ and the Kubernetes community's
 * strategic-merge-patch.md.
 */
import { isObject } from "../../../api/json-object.ts";
import type { Json } from "../objects/kubernetes-object.ts";
import { type ListStrategy, listStrategy, onlyOneBeside } from "./merge-keys.ts";

/** Merges `patch` into an object of a kind; the text of a mistake where the patch cannot be read. */
export function strategicMerge(object: Json, patch: Json): Json | string {
  try {
    return mergeObject(object, patch, { kind: String(object.kind), path: "" });
  } catch (error) {
    if (error instanceof Mistake) return error.message;
    throw error;
  }
}

/** Where in an object a merge is; the path has no indices. */
interface Place {
  readonly kind: string;
  readonly path: string;
}

class Mistake extends Error {}

const directive = "$patch";
const deleteValues = "$deleteFromPrimitiveList/";
const order = "$setElementOrder/";
const retain = "$retainKeys";

function mergeObject(target: Json, patch: Json, place: Place): Json {
  const { [directive]: what, ...changes } = patch;
  if (what === "replace") return withoutDirectives(changes);
  if (what === "delete") return {};
  if (what !== undefined && what !== "merge")
    throw new Mistake(`${at(place)}$patch ${String(what)} is not known; use merge, replace or delete`);
  const merged: Record<string, unknown> = { ...retained(target, changes, place) };
  for (const [key, value] of Object.entries(changes)) {
    if (key === retain || key.startsWith(order)) continue;
    if (key.startsWith(deleteValues)) {
      const name = key.slice(deleteValues.length);
      merged[name] = listOf(merged[name]).filter((each) => !listOf(value).includes(each));
    } else if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value, { ...place, path: place.path === "" ? key : `${place.path}.${key}` });
  }
  return merged;
}

/** What stays of a target of which a patch names the members that shall, or whose members exclude each other. */
function retained(target: Json, patch: Json, { kind, path }: Place): Json {
  const named = patch[retain];
  if (Array.isArray(named)) return Object.fromEntries(Object.entries(target).filter(([key]) => named.includes(key)));
  const identity = onlyOneBeside(kind, path);
  if (identity === undefined || Object.keys(patch).every((key) => key === identity)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => key === identity || key in patch));
}

function mergeValue(target: unknown, value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return mergeList(listOf(target), value, listStrategy(place.kind, place.path), place);
  return isObject(value) ? mergeObject(isObject(target) ? target : {}, value, place) : value;
}

function mergeList(
  target: readonly unknown[],
  patch: readonly unknown[],
  strategy: ListStrategy | undefined,
  place: Place,
): unknown {
  const replaces = patch.some((each) => isObject(each) && each[directive] === "replace" && Object.keys(each).length === 1);
  if (strategy === undefined || replaces) return patch.filter((each) => !isOnlyDirective(each)).map(withoutDirectives);
  if (strategy === "values") return inOrder(target, [...target.filter((each) => !patch.includes(each)), ...patch], patch);
  const { key } = strategy;
  const identityOf = (item: unknown) => (isObject(item) ? item[key] : undefined);
  const merged = new Map(target.map((item) => [identityOf(item), item]));
  const changed: unknown[] = [];
  for (const item of patch) {
    if (!isObject(item) || item[key] === undefined)
      throw new Mistake(`${at(place)}an item has no ${key}, by which it could be found`);
    if (item[directive] === "delete") merged.delete(item[key]);
    else {
      merged.set(item[key], mergeObject(asObject(merged.get(item[key])), item, place));
      changed.push(item[key]);
    }
  }
  const ordered = inOrder(target.map(identityOf), [...merged.keys()], changed);
  return ordered.map((identity) => merged.get(identity));
}

/**
 * Orders what is left of a list: items of the patch in its order, the others in theirs, and new ones before what they are not
 * ordered with.
 */
function inOrder(before: readonly unknown[], items: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const rest = items.filter((item) => !patch.includes(item));
  const ordered: unknown[] = [];
  for (const item of patch) {
    const place = before.indexOf(item);
    while (rest[0] !== undefined && place >= 0 && before.indexOf(rest[0]) < place) ordered.push(rest.shift());
    ordered.push(item);
  }
  return [...ordered, ...rest];
}

function isOnlyDirective(value: unknown): boolean {
  return isObject(value) && directive in value && Object.keys(value).length === 1;
}

function withoutDirectives<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutDirectives) as T;
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, each]) => !key.startsWith("$") && each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutDirectives(each)])) as T;
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function at({ path }: Place): string {
  return path === "" ? "" : `${path}: `;
}
