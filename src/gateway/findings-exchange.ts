import { isObject } from "../api/json-object.ts";
import type { Clock, Key } from "../graph/index.ts";
import type { FollowCollection, ObjectChange } from "../infra/kubernetes/cluster/followed-collection.ts";
import { type ApiClient, isMissing, serverSideApply } from "../kubernetes/api-client.ts";
import { resourcePath } from "../kubernetes/resource-path.ts";
import type { Logger } from "../log/logger.ts";
import type { Pipeline } from "./pipeline.ts";
import { parseFindings, printFindings } from "./replica-findings.ts";

/** What an exchange is made from. */
export interface FindingsExchangeOptions {
  readonly client: ApiClient;
  readonly follow: FollowCollection;
  /** Where the control plane's own objects are. */
  readonly namespace: string;
  /** The name of this replica, unique among those that run: that of its pod. */
  readonly replica: string;
  readonly pipeline: Pick<Pipeline, "graph" | "syncReports" | "ownProblems" | "peers">;
  /** Writes sources, see `Gathering`. */
  readonly write: (fn: () => void) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** In milliseconds: changes are gathered so long; a write that failed is tried again; what stands is renewed; what is not renewed is gone. */
const pace = { gatherMs: 500, retryMs: 10_000, renewMs: 60_000, expireMs: 180_000 };

const labels = { "app.kubernetes.io/managed-by": "envoy-gateway", "app.kubernetes.io/component": "findings" };

/**
 * Tells the other replicas what the proxies of this one refuse, and takes in what they tell: in a ConfigMap for each replica, which there
 * is while there is something to tell. Returns a function that ends it and takes back what was told.
 */
export function exchangeFindings(options: FindingsExchangeOptions): () => Promise<void> {
  const { follow, namespace } = options;
  const path = resourcePath({ group: "", version: "v1", plural: "configmaps", namespace });
  const pairs = Object.entries(labels).map((pair) => pair.join("="));
  const publisher = new Publisher(options);
  const listener = new Listener(options);
  const stop = follow({ path, labelSelector: pairs.join(",") }, { apply: (changes) => listener.take(changes), synced: () => {} });
  return async () => {
    stop();
    listener.close();
    await publisher.close();
  };
}

/** The name of the ConfigMap of a replica. */
function objectName(replica: string): string {
  return `envoy-gateway-findings-${replica.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-")}`;
}

function pathOf(namespace: string, name: string): string {
  return resourcePath({ group: "", version: "v1", plural: "configmaps", namespace, name });
}

/** Keeps the ConfigMap of this replica. */
class Publisher {
  readonly #options: FindingsExchangeOptions;
  readonly #ends: (() => void)[] = [];
  #cancel = () => {};
  #writing: Promise<void> | undefined;
  #told: { readonly text: string; readonly at: number } | undefined;
  #failed = false;
  #closed = false;

  constructor(options: FindingsExchangeOptions) {
    this.#options = options;
    const { graph, syncReports, ownProblems } = options.pipeline;
    const look = () => this.#lookIn(pace.gatherMs);
    this.#ends.push(graph.subscribe(syncReports, look), graph.subscribe(ownProblems, look));
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#cancel();
    this.#closed = true;
    await this.#writing;
    if (this.#told !== undefined) await this.#tell(undefined).catch(() => {});
  }

  #lookIn(ms: number): void {
    if (this.#closed || this.#writing !== undefined) return;
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#writing = this.#look().finally(() => {
        this.#writing = undefined;
        if (this.#failed) this.#lookIn(pace.retryMs);
        else if (this.#present() !== this.#told?.text) this.#lookIn(pace.gatherMs);
        else if (this.#told !== undefined) this.#lookIn(pace.renewMs);
      });
    });
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#options;
    const text = this.#present();
    if (text === this.#told?.text && (this.#told === undefined || clock.now() - this.#told.at < pace.renewMs)) return;
    try {
      await this.#tell(text);
      this.#told = text === undefined ? undefined : { text, at: clock.now() };
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) log.warn("other replicas cannot be told what proxies refuse", { error });
      this.#failed = true;
    }
  }

  #present(): string | undefined {
    const { syncReports, ownProblems } = this.#options.pipeline;
    const problems = [...ownProblems.entries()].flatMap(([key, problem]) => (problem.byProxies ? [{ key, problem }] : []));
    const byKey = (a: { readonly key: Key }, b: { readonly key: Key }) => (a.key < b.key ? -1 : 1);
    const reports = [...syncReports.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1));
    return printFindings({ reports, problems: problems.sort(byKey) });
  }

  async #tell(findings: string | undefined): Promise<void> {
    const { client, clock, namespace, replica } = this.#options;
    const name = objectName(replica);
    const path = pathOf(namespace, name);
    if (findings === undefined) return remove(client, path);
    // What is written again as it was would not reach the others.
    const annotations = { "gateway.envoyproxy.io/renewed": String(Math.round(clock.now())) };
    const metadata = { name, namespace, labels, annotations };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { findings } };
    await client.request(serverSideApply(path, object, "envoy-gateway"));
  }
}

/** Takes in what other replicas tell, and forgets what is of those that are gone. */
class Listener {
  readonly #options: FindingsExchangeOptions;
  readonly #own: string;
  /** What ends the waiting for a sign of life, by the name of the object. */
  readonly #waiting = new Map<string, () => void>();

  constructor(options: FindingsExchangeOptions) {
    this.#options = options;
    this.#own = objectName(options.replica);
  }

  take(changes: readonly ObjectChange[]): void {
    this.#options.write(() => {
      for (const { key, object } of changes) {
        const name = key.slice(key.indexOf("/") + 1);
        if (name === this.#own) continue;
        this.#waiting.get(name)?.();
        this.#waiting.delete(name);
        if (object !== undefined)
          this.#waiting.set(
            name,
            this.#options.clock.after(pace.expireMs, () => this.#expire(name)),
          );
        this.#put(name, isObject(object) && isObject(object.data) ? object.data.findings : undefined);
      }
    });
  }

  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** The replica died, or cannot reach the API server; in that case it tells again what it found. */
  #expire(name: string): void {
    const { client, namespace, write } = this.#options;
    this.#waiting.delete(name);
    write(() => this.#put(name, undefined));
    void remove(client, pathOf(namespace, name)).catch(() => {});
  }

  #put(name: string, text: unknown): void {
    const { reports, problems } = this.#options.pipeline.peers;
    const told = parseFindings(text);
    const present = new Set([
      ...told.reports.map((report) => put(reports, `${name}|${report.scope}`, report)),
      ...told.problems.map((problem) => put(problems, `${name}|${problem.key}`, problem)),
    ]);
    for (const source of [reports, problems]) {
      for (const key of [...source.keys()]) if (key.startsWith(`${name}|`) && !present.has(key)) source.delete(key);
    }
  }
}

function put<T>(source: { set(key: Key, value: T): void }, key: Key, value: T): Key {
  source.set(key, value);
  return key;
}

async function remove(client: ApiClient, path: string): Promise<void> {
  try {
    await client.request({ method: "DELETE", path });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
