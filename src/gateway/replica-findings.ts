/**
 * What replicas of the control plane tell each other of what their proxies refuse, so that the one that writes statuses knows all of it.
 * Each replica replaces what is refused for its own proxies by itself.
 */
import { isObject } from "../api/json-object.ts";
import type { ObjectProblem } from "../gatewayapi/problem.ts";
import type { Collection, Graph, Key, Source } from "../graph/index.ts";
import type { SyncRejection, SyncReport } from "../ir/infra.ts";

/** What other replicas found. Keys: `replica|…`. */
export interface PeerFindings {
  readonly reports: Source<SyncReport>;
  readonly problems: Source<KeyedProblem>;
}

/** A problem, and its key among the problems of the replica that found it. */
export interface KeyedProblem {
  readonly key: Key;
  readonly problem: ObjectProblem;
}

/** What one replica tells the others. */
export interface Findings {
  /** Of the fleets whose proxies refuse something. */
  readonly reports: readonly SyncReport[];
  /** What was replaced because proxies refused it. */
  readonly problems: readonly KeyedProblem[];
}

/** Makes the sources of what other replicas found, empty. */
export function openPeerFindings(graph: Graph): PeerFindings {
  return { reports: graph.source("sync reports of peers"), problems: graph.source("problems of peers") };
}

/** The reports of all replicas as one for each fleet. */
export function joinReports(graph: Graph, own: Collection<SyncReport>, peers: Collection<SyncReport>): Collection<SyncReport> {
  const ours = graph.deriveMany("own sync reports", own, (_context, report, scope) => [[`|${scope}`, report] as const]);
  const byScope = graph.index("scope of reports", graph.union("sync reports of replicas", [ours, peers]), ({ scope }) => [scope]);
  return graph.derive("sync reports of all", graph.group("reports by scope", byScope), (_context, { members }) =>
    members.reduce(join),
  );
}

function join(a: SyncReport, b: SyncReport): SyncReport {
  const rejections = new Map([...a.rejections, ...b.rejections].map((each) => [JSON.stringify(each), each]));
  const ordered = [...rejections.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
  return {
    scope: a.scope,
    connected: a.connected + b.connected,
    synced: a.synced && b.synced,
    serving: a.serving && b.serving,
    rejections: ordered,
  };
}

/** The problems that other replicas found and this one did not, each once. */
export function derivePeerProblems(
  graph: Graph,
  own: Collection<ObjectProblem>,
  peers: Collection<KeyedProblem>,
): Collection<ObjectProblem> {
  const byKey = graph.index("key of problems", peers, ({ key }) => [key]);
  return graph.derive("problems found by peers", graph.group("problems by key", byKey), (context, { key, members }) => {
    if (context.get(own, key) !== undefined) return undefined;
    const told = members.map(({ problem }) => problem).sort((a, b) => (a.message < b.message ? -1 : 1));
    return told[0];
  });
}

/** The most of each that is told, so that it fits into an object. */
const bounds = { entries: 200, rejections: 20, names: 20, characters: 2_000 };

/** Findings as text; undefined where there are none. */
export function printFindings({ reports, problems }: Findings): string | undefined {
  const refused = reports.filter(({ rejections }) => rejections.length > 0);
  if (refused.length === 0 && problems.length === 0) return undefined;
  return JSON.stringify({
    reports: refused.slice(0, bounds.entries).map((report) => ({ ...report, rejections: report.rejections.flatMap(shortened) })),
    problems: problems.slice(0, bounds.entries),
  });
}

function shortened(rejection: SyncRejection, index: number): readonly SyncRejection[] {
  if (index >= bounds.rejections) return [];
  const { resources, message } = rejection;
  return [{ ...rejection, resources: resources.slice(0, bounds.names), message: message.slice(0, bounds.characters) }];
}

/** Reads findings; what another version tells in another way says nothing. */
export function parseFindings(text: unknown): Findings {
  const read = parse(text);
  const { reports, problems } = isObject(read) ? read : {};
  return { reports: listOf(reports, isReport), problems: listOf(problems, isKeyedProblem) };
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function listOf<T>(value: unknown, is: (each: unknown) => each is T): readonly T[] {
  return Array.isArray(value) ? value.filter(is) : [];
}

function isReport(value: unknown): value is SyncReport {
  if (!isObject(value) || !Array.isArray(value.rejections)) return false;
  const { scope, connected, synced, serving, rejections } = value;
  const isWhole = typeof scope === "string" && typeof connected === "number" && typeof synced === "boolean";
  return isWhole && typeof serving === "boolean" && rejections.every(isRejection);
}

function isRejection(value: unknown): boolean {
  if (!isObject(value)) return false;
  return typeof value.typeUrl === "string" && typeof value.message === "string" && Array.isArray(value.resources);
}

function isKeyedProblem(value: unknown): value is KeyedProblem {
  if (!isObject(value) || !isObject(value.problem) || !isObject(value.problem.object)) return false;
  const { reason, message, object } = value.problem;
  const isTold = [value.key, reason, message, object.kind, object.namespace, object.name].every(
    (each) => typeof each === "string",
  );
  return isTold;
}
