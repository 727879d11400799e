/** What the proxies of each scope have taken: the summary that statuses are derived from. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../graph/index.ts";
import type { SyncRejection, SyncReport } from "../../ir/infra.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import { typeUrls } from "../resource.ts";
import type { ConnectedProxy } from "./connected-proxy.ts";
import { entryOf } from "./map-entry.ts";
import type { ResourceStream } from "./resource-stream.ts";
import { hasListeners, TakenEntrances } from "./taken-entrances.ts";
import type { Rejection, TypeState } from "./type-state.ts";

/** Called with a scope's new report, or undefined when no proxy of the scope is connected any more. */
export type ReportListener = (scope: ScopeKey, report: SyncReport | undefined) => void;

/** Gathers the reports of all scopes and tells those who listen. */
export class SyncReports {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #proxies = new Map<ScopeKey, Set<ConnectedProxy>>();
  readonly #reports = new Map<ScopeKey, SyncReport>();
  readonly #pending = new Map<ScopeKey, () => void>();
  readonly #listeners = new Set<ReportListener>();
  readonly #entrances = new TakenEntrances();
  /** Streams whose proxies had everything at a time. */
  readonly #whole = new WeakSet<ResourceStream>();

  /** @param delayMs how long changes are gathered, so that the way from a response to its answer does not show as out of sync */
  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** All connected proxies. */
  *proxies(): Generator<ConnectedProxy> {
    for (const proxies of this.#proxies.values()) yield* proxies;
  }

  /** Tells `listener` every scope's present report at once and each change after; the returned function ends that. */
  subscribe(listener: ReportListener): () => void {
    this.#listeners.add(listener);
    for (const [scope, report] of this.#reports) listener(scope, report);
    return () => this.#listeners.delete(listener);
  }

  /** A proxy is there. */
  connected(proxy: ConnectedProxy): void {
    entryOf(this.#proxies, proxy.scope, () => new Set<ConnectedProxy>()).add(proxy);
    this.changed(proxy.scope);
  }

  /** A proxy is gone. */
  disconnected(proxy: ConnectedProxy): void {
    const proxies = this.#proxies.get(proxy.scope);
    proxies?.delete(proxy);
    if (proxies?.size === 0) this.#proxies.delete(proxy.scope);
    this.changed(proxy.scope);
  }

  /** Something that a report is made of may have changed. */
  changed(scope: ScopeKey): void {
    if (this.#pending.has(scope)) return;
    this.#pending.set(
      scope,
      this.#clock.after(this.#delayMs, () => this.#publish(scope)),
    );
  }

  /** Publishes nothing more. */
  close(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
    this.#listeners.clear();
  }

  #publish(scope: ScopeKey): void {
    this.#pending.delete(scope);
    const proxies = this.#proxies.get(scope);
    const report = proxies === undefined ? undefined : summarize(scope, proxies, this.#entrances, this.#whole);
    if (isDeepStrictEqual(report, this.#reports.get(scope))) return;
    if (report === undefined) this.#reports.delete(scope);
    else this.#reports.set(scope, report);
    for (const listener of [...this.#listeners]) listener(scope, report);
  }
}

/** Sums up the streams of one scope, and notes in `whole` those that have everything. A proxy counts once, however many streams it has. */
function summarize(
  scope: ScopeKey,
  proxies: ReadonlySet<ConnectedProxy>,
  entrances: TakenEntrances,
  whole: WeakSet<ResourceStream>,
): SyncReport {
  const nodes = Map.groupBy(proxies, ({ node }) => node.id);
  const rejections = new Map<string, SyncRejection>();
  let [synced, serving] = [true, true];
  for (const connected of nodes.values()) {
    const streams = connected.map(({ stream }) => stream);
    const hasAll = !streams.some(isLagging) && entrances.areTaken(streams);
    if (hasAll) for (const stream of streams) whole.add(stream);
    synced &&= hasAll;
    serving &&= hasAll || (streams.some((stream) => whole.has(stream)) && hasListeners(streams));
    for (const stream of streams) {
      for (const rejection of rejectionsOf(stream))
        rejections.set(`${rejection.typeUrl}|${rejection.resources}|${rejection.message}`, rejection);
    }
  }
  const ordered = [...rejections.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rejection]) => rejection);
  return { scope, connected: nodes.size, synced: synced && ordered.length === 0, serving, rejections: ordered };
}

/** Endpoints come and go all the time: a proxy that is just getting some is as good as synced. */
function isLagging(stream: ResourceStream): boolean {
  for (const [type, state] of stream.types) {
    if (type === "ClusterLoadAssignment") continue;
    if ((state.inFlight?.upserts.length ?? 0) > 0) return true;
    for (const name of state.dirty) if (stream.resources.get(type, name) !== undefined) return true;
  }
  return false;
}

/** What the proxy refused and still is without. Resources refused in the same words are told together. */
function* rejectionsOf(stream: ResourceStream): Generator<SyncRejection> {
  for (const [type, state] of stream.types) {
    const refused = [...standingRejections(stream, state)];
    for (const [message, group] of Map.groupBy(refused, ([, rejection]) => rejection.message)) {
      const unbound = group.every(([, { retry }]) => retry !== undefined);
      const resources = group.map(([name]) => name).sort();
      yield { typeUrl: typeUrls[type], resources, message, ...(unbound && { unbound }) };
    }
  }
}

/** The name of each refused version that still is the newest, unless what of it was refused is being found out or mended. */
export function* standingRejections(stream: ResourceStream, state: TypeState): Generator<[name: string, rejection: Rejection]> {
  for (const [name, rejection] of state.rejected) {
    const isStanding = stream.resources.get(state.type, name)?.version === rejection.version;
    if (isStanding && !stream.isExplaining(state.type, name)) yield [name, rejection];
  }
}
