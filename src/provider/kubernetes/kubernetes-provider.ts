import { type ApiObject, builtKinds } from "../../api/kinds.ts";
import type { Kind } from "../../api/schema/kind.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import { servicesOfSlice, sliceIndex, sliceLabelOf } from "../../gatewayapi/endpoints.ts";
import { statusKey } from "../../gatewayapi/object-ref.ts";
import type { ObjectKind, Objects } from "../../gatewayapi/objects.ts";
import type { Clock, Gathering, Graph, Key, Supply } from "../../graph/index.ts";
import type { ApiClient } from "../../kubernetes/api-client.ts";
import type { Logger } from "../../log/logger.ts";
import type { ObjectWriter, Provider } from "../provider.ts";
import { admitted } from "./admission.ts";
import { type ContentsOnDemand, createContents, metadataOnly } from "./contents-on-demand.ts";
import { createKindFollower, type KindFollower } from "./kind-follower.ts";
import { createKindSource, type KindSource, type KindSourceOptions } from "./kind-source.ts";
import { createStatusRecords, type PresentStatuses, type StatusRecords } from "./present-statuses.ts";
import { createReaders } from "./readers.ts";
import type { Change } from "./reflector.ts";
import { createServedVersions } from "./served-version.ts";
import { createSlices, type SlicesOnDemand } from "./slices-on-demand.ts";
import type { StoredObject } from "./stored-object.ts";

/** What a provider of the objects of a Kubernetes API server is made from. */
export interface KubernetesProviderOptions {
  readonly client: ApiClient;
  readonly graph: Graph;
  readonly objects: Objects;
  readonly writer: ObjectWriter;
  /** Gathers the writes of this and other providers into batches. */
  readonly gathering: Pick<Gathering, "register" | "write">;
  readonly log: Logger;
  /** The namespaces whose objects count; undefined: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Where the proxies' own Services are; it is looked at for these wherever else. */
  readonly controllerNamespace: string;
  /** Everything is listed again after so many milliseconds. Default: ten hours. */
  readonly relistMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** A provider of the objects of an API server. */
export interface KubernetesSource extends Provider {
  /** The statuses that the objects have on the server. */
  readonly statuses: PresentStatuses;
  /** How many sources of each kind are in which state. */
  states(): ReadonlyMap<string, readonly string[]>;
}

/** Without these there is nothing to do. */
const requiredKinds: readonly string[] = ["GatewayClass", "Gateway"];

/** Kinds that the proxies themselves have objects of. */
const coreKinds: readonly string[] = ["Service", "EndpointSlice", "Secret", "ConfigMap"];

/** Kinds of which only what is referenced is read. */
const onDemandKinds: readonly string[] = ["Secret", "ConfigMap"];

/**
 * Provides the objects of an API server, and follows them, whatever becomes of the connection. Of Secrets and ConfigMaps only those
 * that are referenced are read, of EndpointSlices only those of referenced services are kept. To be made before anything settles.
 */
export function createKubernetesProvider(options: KubernetesProviderOptions): KubernetesSource {
  return new KubernetesProvider(options);
}

class KubernetesProvider implements KubernetesSource {
  readonly synced: Promise<void>;
  readonly statuses: PresentStatuses;
  readonly #options: KubernetesProviderOptions;
  readonly #records: StatusRecords = createStatusRecords();
  readonly #ending = new AbortController();
  readonly #followers = new Map<string, KindFollower>();
  readonly #problems = new Map<string, FileProblem>();
  readonly #contents: (readonly [ObjectKind, ContentsOnDemand])[] = [];
  readonly #slices: SlicesOnDemand;
  readonly #starts: (() => void)[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #shared: Pick<KindSourceOptions<never>, "client" | "served" | "streams" | "relistMs" | "clock" | "random">;
  readonly #endSupply: () => void;

  constructor(options: KubernetesProviderOptions) {
    this.#options = options;
    this.statuses = this.#records;
    const { client, clock, random, relistMs, graph } = options;
    const times = { ...(clock && { clock }), ...(random && { random }), ...(relistMs !== undefined && { relistMs }) };
    this.#shared = { client, served: createServedVersions(client), streams: { supported: true }, ...times };
    for (const kind of builtKinds) if (kind.kind !== "EndpointSlice") this.#addKind(kind);
    this.#slices = this.#addSlices();
    this.#endSupply = graph.supplyBy(() => this.#supply());
    this.synced = Promise.all(Array.from(this.#followers.values(), ({ synced }) => synced)).then(() => {});
  }

  start(): void {
    for (const begin of this.#starts) begin();
  }

  problems(): readonly FileProblem[] {
    return [...this.#problems.keys()].sort().flatMap((key) => this.#problems.get(key) ?? []);
  }

  states(): ReadonlyMap<string, readonly string[]> {
    return new Map(Array.from(this.#followers, ([name, follower]) => [name, follower.states()]));
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error("the provider stops"));
    this.#endSupply();
    await Promise.all(this.#running);
  }

  #addKind(kind: ApiKind): void {
    const { gathering } = this.#options;
    const done = gathering.register(kind.kind);
    const follower = this.#addFollower(kind);
    void follower.synced.then(done);
    if (onDemandKinds.includes(kind.kind)) this.#addContents(kind, follower);
    else this.#addWhole(kind, follower);
  }

  #addWhole(kind: ApiKind, follower: KindFollower): void {
    const apply = (changes: readonly Change<Taken>[]) => this.#options.gathering.write(() => this.#write(kind, changes));
    const sources = this.#sourcesOf(kind, follower, {
      take: (stored: StoredObject, key: Key, version: string) => this.#takeWhole(kind, stored, key, version),
      apply: (changes) => {
        this.#record(kind, changes);
        apply(changes);
      },
    });
    this.#starts.push(() => this.#run(sources));
  }

  #addContents(kind: ApiKind, follower: KindFollower): void {
    const readers = createReaders(undefined);
    const { graph, objects, gathering, writer } = this.#options;
    const name = sourceName(kind);
    graph.followDemand(objects[name], readers.listener);
    const contents = createContents({
      ...{ ...this.#shared, kind, readers, signal: this.#ending.signal },
      sourceOf: (namespace) => sources.get(namespace) ?? sources.get(undefined),
      write: (key, object) => gathering.write(() => (object === undefined ? writer.delete(name, key) : writer.set(object))),
      tell: (key, problem) => this.#tellProblem(kind, key, problem),
    });
    const sources = this.#sourcesOf(kind, follower, {
      accept: metadataOnly,
      take: ({ metadata }: StoredObject) => metadata.resourceVersion,
      apply: (changes: readonly Change<string>[]) => contents.changed(changes),
    });
    this.#contents.push([name, contents]);
    this.#starts.push(() => this.#run(sources));
  }

  #addSlices(): SlicesOnDemand {
    const kind = builtKinds.find(isSliceKind);
    if (kind === undefined) throw new Error("EndpointSlices are not built");
    const { graph, objects, gathering } = this.#options;
    const readers = createReaders(sliceIndex);
    graph.followDemand(objects.EndpointSlice, readers.listener);
    const follower = this.#addFollower(kind);
    const slices = createSlices({
      ...{ ...this.#shared, readers, signal: this.#ending.signal },
      servicesOf: (slice) => (slice.kind === "EndpointSlice" ? servicesOfSlice(slice) : []),
      labelOf: sliceLabelOf,
      sourceOf: (namespace) => sources.get(namespace) ?? sources.get(undefined),
      sources: () => [...sources.values()],
      begin: () => {
        this.#run(sources);
        return Promise.race([follower.synced, aborted(this.#ending.signal)]);
      },
      write: (changes) => gathering.write(() => this.#writeObjects(kind, changes)),
    });
    const sources = this.#sourcesOf(kind, follower, {
      take: (stored: StoredObject, key: Key, version: string) => {
        const object = this.#takeObject(kind, stored, key, version);
        return object !== undefined && slices.wants(object) ? object : undefined;
      },
      apply: (changes: readonly Change<ApiObject>[]) => slices.changed(changes),
    });
    return slices;
  }

  #addFollower(kind: ApiKind): KindFollower {
    const sources = this.#namespacesOf(kind).length;
    const required = requiredKinds.includes(kind.kind);
    const follower = createKindFollower({ name: kind.kind, sources, required, log: this.#options.log });
    this.#followers.set(kind.kind, follower);
    return follower;
  }

  /** The namespaces that a kind is followed in, each by itself; `[undefined]`: all at once. */
  #namespacesOf(kind: Kind): readonly (string | undefined)[] {
    const { namespaces, controllerNamespace } = this.#options;
    if (namespaces === undefined || kind.scope === "Cluster") return [undefined];
    return [...new Set([...namespaces, ...(coreKinds.includes(kind.kind) ? [controllerNamespace] : [])])];
  }

  #sourcesOf<T>(
    kind: Kind,
    follower: KindFollower,
    options: Pick<KindSourceOptions<T>, "take" | "apply" | "accept">,
  ): ReadonlyMap<string | undefined, KindSource<T>> {
    return new Map(
      this.#namespacesOf(kind).map((namespace, at) => {
        const tell = (state: Parameters<KindFollower["tell"]>[1]) => follower.tell(at, state);
        return [namespace, createKindSource({ ...this.#shared, ...options, kind, namespace, tell })];
      }),
    );
  }

  #run(sources: ReadonlyMap<unknown, KindSource<unknown>>): void {
    for (const source of sources.values()) this.#running.push(source.run(this.#ending.signal));
  }

  #takeWhole(kind: ApiKind, stored: StoredObject, key: Key, apiVersion: string): Taken | undefined {
    const object = this.#takeObject(kind, stored, key, apiVersion);
    if (object === undefined) return undefined;
    const { resourceVersion, generation, uid } = stored.metadata;
    return { object, present: { status: stored.status, resourceVersion, generation, uid, apiVersion } };
  }

  #takeObject(kind: ApiKind, stored: StoredObject, key: Key, version: string): ApiObject | undefined {
    const result = admitted(kind, stored, version);
    this.#tellProblem(kind, key, "problem" in result ? result.problem : undefined);
    return "object" in result ? result.object : undefined;
  }

  #tellProblem({ kind, group }: ApiKind, key: Key, message: string | undefined): void {
    const id = `${kind}/${key}`;
    if (message === undefined) {
      this.#problems.delete(id);
    } else {
      if (this.#problems.get(id)?.message !== message) this.#options.log.warn(`${kind} ${key}: ${message}`);
      this.#problems.set(id, { file: group === "" ? "kubernetes" : group, object: `${kind} ${key}`, message });
    }
  }

  #record(kind: ApiKind, changes: readonly Change<Taken>[]): void {
    if (!kind.statusSubresource) return;
    for (const { key, value } of changes) this.#records.set(keyOfStatus(kind, key), value?.present);
  }

  #write(kind: ApiKind, changes: readonly Change<Taken>[]): void {
    this.#writeObjects(
      kind,
      changes.map(({ key, value }) => ({ key, value: value?.object })),
    );
  }

  #writeObjects(kind: ApiKind, changes: readonly Change<ApiObject>[]): void {
    const { writer } = this.#options;
    const name = sourceName(kind);
    for (const { key, value } of changes) {
      if (value === undefined) writer.delete(name, key);
      else writer.set(value);
    }
  }

  /** What the version that is about to be published reads for the first time. */
  #supply(): ReturnType<Supply> {
    const contents = this.#contents.flatMap(([kind, store]) => {
      const supplied = store.supply();
      return supplied === undefined ? [] : [supplied.then((changes) => ({ kind, changes }))];
    });
    const slices = this.#slices.supply();
    this.#release();
    if (contents.length === 0 && slices === undefined) return undefined;
    return this.#bring(contents, slices);
  }

  async #bring(
    contents: readonly Promise<{ readonly kind: ObjectKind; readonly changes: readonly Change<ApiObject>[] }>[],
    slices: Promise<() => readonly Change<ApiObject>[]> | undefined,
  ): Promise<() => void> {
    const { writer } = this.#options;
    try {
      const [loaded, slicesHere] = await Promise.all([Promise.all(contents), slices]);
      return () => {
        for (const { changes } of loaded) for (const { value } of changes) if (value !== undefined) writer.set(value);
        for (const { key, value } of slicesHere?.() ?? []) {
          if (value === undefined) writer.delete("EndpointSlice", key);
          else writer.set(value);
        }
      };
    } catch (error) {
      if (this.#ending.signal.aborted) return () => {};
      throw error;
    }
  }

  /** What nobody reads any more goes with the next batch. */
  #release(): void {
    const released = [
      ...this.#contents.map(([kind, store]) => [kind, store.release()] as const),
      ["EndpointSlice", this.#slices.release()] as const,
    ].filter(([, keys]) => keys.length > 0);
    if (released.length === 0) return;
    const { gathering, writer } = this.#options;
    gathering.write(() => {
      for (const [kind, keys] of released) for (const key of keys) writer.delete(kind, key);
    });
  }
}

type ApiKind = (typeof builtKinds)[number];

/** An object of a kind with a status, and that. */
interface Taken {
  readonly object: ApiObject;
  readonly present: NonNullable<ReturnType<PresentStatuses["get"]>>;
}

/** Every kind that is built has a source under its name. */
function sourceName({ kind }: ApiKind): ObjectKind {
  return kind as ObjectKind;
}

function isSliceKind(kind: ApiKind): boolean {
  return kind.kind === "EndpointSlice";
}

function keyOfStatus({ kind, scope }: ApiKind, key: Key): Key {
  if (scope === "Cluster") return statusKey({ kind, namespace: "", name: key });
  const slash = key.indexOf("/");
  return statusKey({ kind, namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
