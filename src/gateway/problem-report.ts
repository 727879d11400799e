import type { FileProblem } from "../api/yaml/file-problem.ts";
import type { PureCondition } from "../gatewayapi/conditions.ts";
import type { ObjectStatus } from "../gatewayapi/status/object-status.ts";
import type { ObjectRef } from "../ir/reference.ts";
import type { Pipeline } from "./pipeline.ts";

/** One thing that is wrong at present, as the admin API tells it. */
export interface ReportedProblem {
  /** An object (`Gateway/default/eg`, with `/<listener>` for a listener), or a file and line for what never became one. */
  readonly subject: string;
  readonly field?: string;
  /** The condition that is not as it should be, and its reason. */
  readonly condition?: string;
  readonly reason?: string;
  readonly message: string;
}

/** Conditions that are True when something is wrong; all others are False then. */
const badWhenTrue = new Set(["Conflicted", "PartiallyInvalid", "OverlappingTLSConfig"]);

/** All that is wrong: mistakes in files, bad conditions of objects, and failures of the program itself. */
export function* reportProblems(files: readonly FileProblem[], { statuses, graph }: Pipeline): Generator<ReportedProblem> {
  for (const { file, line, object, field, message } of files) {
    const place = line === undefined ? file : `${file}:${line}`;
    yield { subject: object === undefined ? place : `${object} (${place})`, ...(field === undefined ? {} : { field }), message };
  }
  for (const status of statuses.values()) yield* badConditions(status);
  for (const { collection, key, error } of graph.failures.values()) {
    yield { subject: `${collection} ${key}`, reason: "InternalError", message: error.message };
  }
}

/** An object as people are told of it: `Kind/namespace/name`, or `Kind/name` for cluster-scoped kinds. */
export function subjectOf({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string {
  return [kind, namespace, name].filter((part) => part !== "").join("/");
}

/** The conditions of an object that are not as they should be. */
export function badConditions({ object, status }: ObjectStatus): readonly ReportedProblem[] {
  const found: ReportedProblem[] = [];
  // Asked for every object, of which most are in order: only for what is not is a subject made.
  const look = (conditions: readonly PureCondition[], part: () => string): void => {
    for (const { type, status: state, reason, message } of conditions) {
      if ((state === "True") !== badWhenTrue.has(type)) continue;
      found.push({ subject: `${subjectOf(object)}${part()}`, condition: type, reason, message });
    }
  };
  if ("conditions" in status) look(status.conditions, () => "");
  if ("listeners" in status) for (const { name, conditions } of status.listeners) look(conditions, () => `/${name}`);
  if ("parents" in status)
    for (const { parentRef, conditions } of status.parents) look(conditions, () => ` at ${parentRef.name}`);
  if ("ancestors" in status)
    for (const { ancestorRef, conditions } of status.ancestors) look(conditions, () => ` at ${ancestorRef.name}`);
  return found;
}
