import type { Condition } from "../api/schema/condition.ts";
import type { PureCondition } from "../gatewayapi/conditions.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import type { Key } from "../graph/index.ts";
import type { Logger } from "../log/logger.ts";

/** A status as it is shown: the same, with times and generations in its conditions. */
export type Dated<T> = T extends PureCondition
  ? Condition
  : T extends readonly (infer Item)[]
    ? readonly Dated<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Dated<T[Name]> }
      : T;

/** The status of an object, complete. */
export type DatedStatus = Dated<ObjectStatus["status"]>;

/** Keeps the statuses of objects where no API server does. */
export interface StatusStore {
  /** Takes the statuses that changed (undefined: the object is gone), and tells the log at debug what is new about them. */
  update(changes: ReadonlyMap<Key, ObjectStatus | undefined>): void;
  /** The status of an object, by `Kind/namespace/name`; undefined when there is none. */
  get(key: Key): DatedStatus | undefined;
  /** What it knows at present, for a later store. */
  memory(): StatusMemory;
}

/** What a status store is made from. */
export interface StatusStoreOptions {
  /** The present `metadata.generation` of an object, by `Kind/namespace/name`. A settled status is always about that one. */
  readonly generationOf: (key: Key) => number | undefined;
  readonly log: Logger;
  readonly now?: () => Date;
  /** What an earlier store knew: times go on from it. */
  readonly memory?: StatusMemory | undefined;
}

/** One condition, and since when it has its status. */
interface Transition {
  readonly condition: PureCondition;
  readonly since: string;
}

/** Statuses by `Kind/namespace/name`. */
export type StatusMemory = ReadonlyMap<Key, KnownStatus>;

/** A status, and since when each of its conditions has its status, in the order of `conditionsIn`. */
export interface KnownStatus {
  readonly status: ObjectStatus["status"];
  readonly since: readonly string[];
}

/** Makes an empty store. `lastTransitionTime` moves only when a condition's status changes, as the API conventions ask for. */
export function createStatusStore({ generationOf, log, now = () => new Date(), memory }: StatusStoreOptions): StatusStore {
  const known = new Map<Key, KnownStatus>();
  const remembered = new Map(memory);
  return {
    update(changes) {
      const time = now()
        .toISOString()
        .replace(/\.\d+Z$/, "Z");
      const telling = log.enabled("debug");
      for (const [key, next] of changes) {
        const before = known.get(key) ?? remembered.get(key);
        remembered.delete(key);
        const told = next === undefined ? "gone" : remember(known, key, next.status, before, { time, telling });
        if (next === undefined) known.delete(key);
        if (told !== "" && (next !== undefined || before !== undefined)) log.debug(`status of ${key}: ${told}`);
      }
    },
    memory: () => known,
    get(key) {
      const found = known.get(key);
      return found && dated(found, generationOf(key));
    },
  };
}

/** Keeps a status; returns what is new about its conditions, in words where `telling`. */
function remember(
  known: Map<Key, KnownStatus>,
  key: Key,
  status: ObjectStatus["status"],
  before: KnownStatus | undefined,
  { time, telling }: { readonly time: string; readonly telling: boolean },
): string {
  if (before === undefined && !telling) {
    known.set(key, { status, since: new Array<string>(countConditions(status)).fill(time) });
    return "";
  }
  const transitions = before && transitionsOf(before);
  const news: string[] = [];
  const since = Array.from(conditionsIn(status), ([place, condition]) => {
    const old = transitions?.get(idOf(place, condition));
    if (telling && (old?.condition.status !== condition.status || old.condition.reason !== condition.reason))
      news.push(describe(place, condition));
    return old?.condition.status === condition.status ? old.since : time;
  });
  known.set(key, { status, since });
  return news.join("; ");
}

/** How many `conditionsIn` gives. */
function countConditions(status: ObjectStatus["status"]): number {
  let count = "conditions" in status ? status.conditions.length : 0;
  for (const part of bearersOf(status)) count += part.conditions.length;
  return count;
}

/** The parts of a status that have conditions of their own. */
function bearersOf(status: ObjectStatus["status"]): readonly { readonly conditions: readonly PureCondition[] }[] {
  if ("listeners" in status) return status.listeners;
  if ("parents" in status) return status.parents;
  return "ancestors" in status ? status.ancestors : [];
}

/** The conditions of a status by place and type. */
function transitionsOf({ status, since }: KnownStatus): ReadonlyMap<string, Transition> {
  const conditions = [...conditionsIn(status)];
  return new Map(conditions.map(([place, condition], at) => [idOf(place, condition), { condition, since: since[at] ?? "" }]));
}

function idOf(place: string, { type }: PureCondition): string {
  return `${place}|${type}`;
}

function describe(place: string, { type, status, reason, message }: PureCondition): string {
  const good = status === "True" ? "" : `: ${message}`;
  return `${place === "" ? "" : `${place} `}${type}=${status} (${reason})${good}`;
}

/** All conditions of a status with the part of the object that they are about. */
function* conditionsIn(status: ObjectStatus["status"]): Generator<readonly [place: string, condition: PureCondition]> {
  if ("conditions" in status) for (const condition of status.conditions) yield ["", condition];
  for (const [place, part] of partsOf(status)) for (const condition of part.conditions) yield [place, condition];
}

function partsOf(status: ObjectStatus["status"]): (readonly [string, { readonly conditions: readonly PureCondition[] }])[] {
  if ("listeners" in status) return status.listeners.map((listener) => [`listener ${listener.name}`, listener]);
  if ("parents" in status) return status.parents.map((parent) => [`at ${nameOf(parent.parentRef)}`, parent]);
  if ("ancestors" in status) return status.ancestors.map((ancestor) => [`at ${nameOf(ancestor.ancestorRef)}`, ancestor]);
  return [];
}

interface Reference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

function nameOf({ kind, namespace, name, sectionName, port }: Reference): string {
  const parts = [kind, namespace, name, sectionName, port].filter((part) => part !== undefined);
  return parts.join("/");
}

function dated(known: KnownStatus, observedGeneration: number | undefined): DatedStatus {
  const { status } = known;
  const transitions = transitionsOf(known);
  const date = (place: string, conditions: readonly PureCondition[]): readonly Condition[] =>
    conditions.map((condition) => ({
      ...condition,
      ...(observedGeneration !== undefined && { observedGeneration }),
      lastTransitionTime: transitions.get(idOf(place, condition))?.since ?? "",
    }));
  const places = new Map(partsOf(status).map(([place, part]) => [part as object, place]));
  const datePart = <Part extends { readonly conditions: readonly PureCondition[] }>(part: Part) => ({
    ...part,
    conditions: date(places.get(part) ?? "", part.conditions),
  });
  if ("listeners" in status) return { ...datePart(status), listeners: status.listeners.map(datePart) };
  if ("parents" in status) return { parents: status.parents.map(datePart) };
  if ("ancestors" in status) return { ancestors: status.ancestors.map(datePart) };
  return datePart(status);
}
