import type { Condition } from "../api/schema/condition.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { renderTable } from "./table.ts";

/** What a table of statuses shows. */
export interface StatusTableOptions {
  /** Only the last condition of each object. */
  readonly quiet: boolean;
  /** Also messages, generations and times. */
  readonly verbose: boolean;
  /** A column with the namespace. */
  readonly namespaces: boolean;
  /** Comes before every name: `httproute/`. */
  readonly prefix?: string;
}

/** The conditions of objects as a table, the last condition of each first, like Envoy Gateway's. */
export function statusTable(objects: readonly KubeObject[], options: StatusTableOptions): string {
  const { quiet, verbose, namespaces, prefix = "" } = options;
  const header = [
    ...(namespaces ? ["NAMESPACE"] : []),
    "NAME",
    "TYPE",
    "STATUS",
    "REASON",
    ...(verbose ? ["MESSAGE", "OBSERVED GENERATION", "LAST TRANSITION TIME"] : []),
  ];
  const rows = objects.flatMap((object) => {
    const { namespace = "", name } = object.metadata;
    const conditions = conditionsOf(object).toReversed();
    return conditions.slice(0, quiet ? 1 : undefined).map((condition, at) => {
      const subject = [...(namespaces ? [namespace] : []), `${prefix}${name}`];
      return [...(at === 0 ? subject : subject.map(() => "")), ...cellsOf(condition, verbose)];
    });
  });
  return renderTable([header, ...rows]);
}

function cellsOf(
  { type, status, reason, message, observedGeneration, lastTransitionTime }: Condition,
  verbose: boolean,
): string[] {
  const more = [message.replaceAll("\n", " "), String(observedGeneration ?? ""), timeText(lastTransitionTime)];
  return [type, status, reason, ...(verbose ? more : [])];
}

/** `2024-01-01T01:00:00Z` as `2024-01-01 01:00:00 +0000 UTC`. */
function timeText(time: string): string {
  return time.replace(/^(\S+)T(\S+?)(?:\.\d+)?Z$/, "$1 $2 +0000 UTC");
}

/** The conditions of a status: its own, else those of all parents of a route or of all ancestors of a policy. */
function conditionsOf(object: KubeObject): readonly Condition[] {
  // The admin API of the same version tells the statuses.
  const { status = {} } = object as { readonly status?: StatusBody };
  return status.conditions ?? [...(status.parents ?? []), ...(status.ancestors ?? [])].flatMap(({ conditions }) => conditions);
}

interface StatusBody {
  readonly conditions?: readonly Condition[];
  readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
  readonly ancestors?: readonly { readonly conditions: readonly Condition[] }[];
}
