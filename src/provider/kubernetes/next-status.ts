import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../api/json-object.ts";
import type { PureCondition } from "../../gatewayapi/conditions.ts";
import type { ObjectStatus } from "../../gatewayapi/status/object-status.ts";

/** What a status is written with besides what it says. */
export interface StatusWriting {
  /** Entries of lists that several controllers share are ours when they bear this name. */
  readonly controllerName: string;
  /** Whether an ancestor is that of another controller, for entries that bear no name (those of EnvoyProxies). */
  readonly isOthers: (ancestorRef: unknown) => boolean;
  /** The generation of the object that the status is about. */
  readonly generation: number | undefined;
  /** RFC 3339. */
  readonly now: string;
}

type Json = Readonly<Record<string, unknown>>;
type Body = ObjectStatus["status"];

/** Most entries of a list that controllers share. Source: gateway-api v1.6, RouteStatus and PolicyStatus. */
const mostParents = 32;
const mostAncestors = 16;

const nothing: readonly never[] = [];

/**
 * The fields of an object's status that must be written so that it says what it shall, as a merge patch (RFC 7386); undefined where it
 * does already. What others wrote stays: their entries among parents and ancestors, conditions of types that bear a domain, and the
 * times of conditions whose status stays. `desired` undefined: the object concerns us no more, and our entries go.
 */
export function nextStatus(desired: Body | undefined, present: unknown, writing: StatusWriting): Json | undefined {
  const before = isObject(present) ? present : {};
  const next = desired === undefined ? withoutOurs(before, writing) : fieldsOf(desired, before, writing);
  const changed = Object.entries(next).filter(([name, value]) => !sameField(before[name], value));
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map(([name, value]) => [name, value ?? null]));
}

function fieldsOf(desired: Body, before: Json, writing: StatusWriting): Json {
  if ("parents" in desired) {
    return { parents: shared(desired.parents, "parentRef", listOf(before.parents), mostParents, writing) };
  }
  if ("ancestors" in desired) {
    return { ancestors: shared(desired.ancestors, "ancestorRef", listOf(before.ancestors), mostAncestors, writing) };
  }
  const conditions = [
    ...dated(desired.conditions, before.conditions, writing),
    ...listOf(before.conditions).filter(({ type }) => typeof type === "string" && type.includes("/")),
  ];
  if (!("listeners" in desired)) return { ...desired, conditions };
  const known = listOf(before.listeners);
  const listeners = desired.listeners?.map((listener) => {
    const same = known.find(({ name }) => name === listener.name);
    return { ...listener, conditions: dated(listener.conditions, same?.conditions, writing) };
  });
  const sets = "attachedListenerSets" in before ? { attachedListenerSets: undefined } : {};
  return { ...sets, ...desired, conditions, listeners: listeners ?? nothing };
}

/** An entry of a list that controllers share. */
interface Entry {
  readonly controllerName?: string;
  readonly conditions: readonly PureCondition[];
}

/** The list with our entries as they shall be, each where it was; new ones at the end. */
function shared<Name extends "parentRef" | "ancestorRef">(
  desired: readonly (Entry & Readonly<Record<Name, object>>)[],
  name: Name,
  before: readonly Json[],
  most: number,
  writing: StatusWriting,
): readonly Json[] {
  const left = new Map(desired.map((entry) => [identityOf(entry[name]), entry]));
  const kept = before.flatMap((entry): readonly Json[] => {
    const id = identityOf(entry[name]);
    const ours = left.get(id);
    if (ours === undefined ? !isOurs(entry, writing) : isNamedByOther(entry, writing)) return [entry];
    if (ours === undefined) return [];
    left.delete(id);
    return [{ ...ours, conditions: dated(ours.conditions, entry.conditions, writing) }];
  });
  const added = Array.from(left.values(), (entry) => ({ ...entry, conditions: dated(entry.conditions, nothing, writing) }));
  return [...kept, ...added].slice(0, most);
}

function withoutOurs(before: Json, writing: StatusWriting): Json {
  const lists = ["parents", "ancestors"].filter((name) => Array.isArray(before[name]));
  return Object.fromEntries(lists.map((name) => [name, listOf(before[name]).filter((entry) => !isOurs(entry, writing))]));
}

/** Whether an entry that is not wanted is one of ours. */
function isOurs({ controllerName, ancestorRef }: Json, writing: StatusWriting): boolean {
  if (controllerName !== undefined) return controllerName === writing.controllerName;
  return ancestorRef !== undefined && !writing.isOthers(ancestorRef);
}

function isNamedByOther({ controllerName }: Json, writing: StatusWriting): boolean {
  return controllerName !== undefined && controllerName !== writing.controllerName;
}

/** Conditions with generations and times: a time moves only when the status does. */
function dated(conditions: readonly PureCondition[], before: unknown, { generation, now }: StatusWriting): readonly Json[] {
  const known = listOf(before);
  return conditions.map((condition) => {
    const same = known.find(({ type }) => type === condition.type);
    const lastTransitionTime = same?.status === condition.status ? same.lastTransitionTime : now;
    return { ...condition, ...(generation === undefined ? {} : { observedGeneration: generation }), lastTransitionTime };
  });
}

/** A reference as text, with the defaults that an API server sets. */
function identityOf(reference: unknown): string {
  const { group, kind, namespace, name, sectionName, port } = isObject(reference) ? reference : {};
  return JSON.stringify([group ?? "gateway.networking.k8s.io", kind ?? "Gateway", namespace, name, sectionName, port]);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : nothing;
}

/** Whether a field says the same; an empty list is none. */
function sameField(before: unknown, next: unknown): boolean {
  const empty = (value: unknown) => value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (empty(before) && empty(next)) return true;
  // Undefined members are not written.
  return isDeepStrictEqual(before, next === undefined ? undefined : (JSON.parse(JSON.stringify(next)) as unknown));
}
