import type { LabelSelector } from "../../api/gateway/selector.ts";
import { type ApiObject, builtKinds } from "../../api/kinds.ts";
import type { FileProblem } from "../../api/yaml/file-problem.ts";
import type { ObjectKind, Objects } from "../../gatewayapi/objects.ts";
import type { Clock, Gathering, Graph, Key, Source, Supply } from "../../graph/index.ts";
import type { ApiClient } from "../../kubernetes/api-client.ts";
import type { Logger } from "../../log/logger.ts";
import type { ObjectWriter, Provider } from "../provider.ts";
import type { ContentsOnDemand } from "./contents-on-demand.ts";
import { followContents } from "./followed-contents.ts";
import {
  type ApiKind,
  type FollowedKind,
  followWholeKind,
  type KindSurroundings,
  keyOfStatus,
  sourceName,
} from "./followed-kind.ts";
import { followSlices } from "./followed-slices.ts";
import { createKindFollower, type KindFollower } from "./kind-follower.ts";
import { type NamespaceScope, sourcesNeeded } from "./kind-sources.ts";
import { followSelection } from "./namespace-selection.ts";
import { createStatusRecords, type PresentStatuses } from "./present-statuses.ts";
import type { Change } from "./reflector.ts";
import { createServedVersions } from "./served-version.ts";
import type { SlicesOnDemand } from "./slices-on-demand.ts";

/** What a provider of the objects of a Kubernetes API server is made from. */
export interface KubernetesProviderOptions {
  readonly client: ApiClient;
  readonly graph: Graph;
  readonly objects: Objects;
  readonly writer: ObjectWriter;
  /** Takes the Gateways and GatewayClasses that are there and cannot be read: why, by their `statusKey`. */
  readonly unreadable: Source<string>;
  /** Gathers the writes of this and other providers into batches. */
  readonly gathering: Pick<Gathering, "register" | "write">;
  readonly log: Logger;
  /** The namespaces whose objects count, by name or by their labels. Default: all. */
  readonly namespaces?: readonly string[] | LabelSelector | undefined;
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
  readonly #records = createStatusRecords();
  readonly #ending = new AbortController();
  readonly #followers = new Map<string, KindFollower>();
  readonly #problems = new Map<string, FileProblem>();
  readonly #kinds = new Map<string, FollowedKind>();
  readonly #contents: (readonly [ObjectKind, ContentsOnDemand])[] = [];
  readonly #slices: SlicesOnDemand;
  readonly #running: Promise<void>[] = [];
  readonly #shared: KindSurroundings["shared"];
  readonly #selection: ReturnType<typeof followSelection> | undefined;
  readonly #endSupply: () => void;

  constructor(options: KubernetesProviderOptions) {
    this.#options = options;
    this.statuses = this.#records;
    const { client, clock, random, relistMs, graph, namespaces } = options;
    const times = { ...(clock && { clock }), ...(random && { random }), ...(relistMs !== undefined && { relistMs }) };
    this.#shared = { client, served: createServedVersions(client), streams: { supported: true }, ...times };
    const { signal } = this.#ending;
    if (namespaces !== undefined && !isList(namespaces))
      this.#selection = followSelection(namespaces, {
        ...this.#shared,
        signal,
        kinds: this.#kinds,
        batch: (fn) => this.#batch(fn),
      });
    for (const kind of builtKinds) if (!isSliceKind(kind)) this.#addKind(kind);
    this.#slices = this.#addSlices();
    this.#endSupply = graph.supplyBy(() => this.#supply());
    this.synced = Promise.all(Array.from(this.#followers.values(), ({ synced }) => synced)).then(() => {});
  }

  start(): void {
    const begin = () => {
      for (const name of this.#kinds.keys()) if (name !== "EndpointSlice") this.#run(name);
    };
    if (this.#selection === undefined) begin();
    else this.#running.push(this.#selection.begin(begin));
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
    const { graph, objects, gathering } = this.#options;
    const name = sourceName(kind);
    const surroundings = this.#surroundingsOf(kind);
    void surroundings.follower.synced.then(gathering.register(name));
    if (onDemandKinds.includes(name)) {
      const write = (key: Key, value: ApiObject | undefined) => this.#batch(() => this.#write(name, [{ key, value }]));
      const followDemand = (listener: Parameters<Graph["followDemand"]>[1]) => graph.followDemand(objects[name], listener);
      const { signal } = this.#ending;
      const followed = followContents({ ...surroundings, kind, followDemand, write, signal });
      this.#contents.push([name, followed.contents]);
      this.#kinds.set(name, followed);
    } else {
      const write = (changes: readonly Change<ApiObject>[]) => this.#write(name, changes);
      const batch = (fn: () => void) => this.#batch(fn);
      this.#kinds.set(name, followWholeKind({ ...surroundings, kind, records: this.#records, write, batch }));
    }
  }

  #addSlices(): SlicesOnDemand {
    const kind = builtKinds.find(isSliceKind);
    if (kind === undefined) throw new Error("EndpointSlices are not built");
    const { graph, objects } = this.#options;
    const followed = followSlices({
      ...this.#surroundingsOf(kind),
      kind,
      followDemand: (listener) => graph.followDemand(objects.EndpointSlice, listener),
      begin: () => this.#run(kind.kind),
      write: (changes) => this.#batch(() => this.#write("EndpointSlice", changes)),
      signal: this.#ending.signal,
    });
    this.#kinds.set(kind.kind, followed);
    return followed.slices;
  }

  #surroundingsOf(kind: ApiKind): KindSurroundings {
    const namespaces = this.#scopeOf(kind);
    const required = requiredKinds.includes(kind.kind);
    const sources = sourcesNeeded(kind, namespaces);
    const follower = createKindFollower({ name: kind.kind, sources, required, log: this.#options.log });
    this.#followers.set(kind.kind, follower);
    return { namespaces, follower, shared: this.#shared, tell: (which, key, problem) => this.#tell(which, key, problem) };
  }

  #scopeOf({ kind }: ApiKind): NamespaceScope {
    const { namespaces, controllerNamespace } = this.#options;
    const own = coreKinds.includes(kind) ? [controllerNamespace] : [];
    if (this.#selection !== undefined) return { selection: this.#selection.selection, always: own };
    return isList(namespaces) ? { named: [...new Set([...namespaces, ...own])] } : "all";
  }

  #run(name: string): void {
    const { signal } = this.#ending;
    const kind = this.#kinds.get(name);
    if (kind !== undefined) this.#running.push(kind.run(signal));
  }

  #batch(fn: () => void): void {
    this.#options.gathering.write(fn);
  }

  #write(name: ObjectKind, changes: readonly Change<ApiObject>[]): void {
    const { writer } = this.#options;
    for (const { key, value } of changes) {
      if (value === undefined) writer.delete(name, key);
      else writer.set(value);
    }
  }

  #tell(which: ApiKind, key: Key, message: string | undefined): void {
    const { kind, group } = which;
    const id = `${kind}/${key}`;
    const told = this.#problems.get(id)?.message;
    if (told === message) return;
    if (requiredKinds.includes(kind)) this.#hold(keyOfStatus(which, key), message);
    if (message === undefined) {
      this.#problems.delete(id);
      return;
    }
    this.#options.log.warn(`${kind} ${key}: ${message}`);
    this.#problems.set(id, { file: group === "" ? "kubernetes" : group, object: `${kind} ${key}`, message });
  }

  #hold(key: Key, why: string | undefined): void {
    const { unreadable } = this.#options;
    this.#batch(() => (why === undefined ? unreadable.delete(key) : unreadable.set(key, why)));
  }

  /** What the version that is about to be published reads for the first time. */
  #supply(): ReturnType<Supply> {
    const contents = this.#contents.flatMap(([kind, store]) => {
      const supplied = store.supply();
      return supplied === undefined ? [] : [supplied.then((changes) => () => this.#write(kind, changes))];
    });
    const slices = this.#slices.supply()?.then((changes) => () => this.#write("EndpointSlice", changes()));
    const released = this.#release();
    const supplies = slices === undefined ? contents : [...contents, slices];
    return supplies.length === 0 && released.length === 0 ? undefined : this.#bring(supplies, released);
  }

  async #bring(supplies: readonly Promise<() => void>[], released: Released): Promise<() => void> {
    try {
      const writes = await Promise.all(supplies);
      return () => {
        for (const [kind, keys] of released) this.#write(kind, keys.map(gone));
        for (const write of writes) write();
      };
    } catch (error) {
      if (this.#ending.signal.aborted) return () => {};
      throw error;
    }
  }

  /** What nobody reads any more. It goes with this version: in the next one it may be read again. */
  #release(): Released {
    return [
      ...this.#contents.map(([kind, store]) => [kind, store.release()] as const),
      ["EndpointSlice", this.#slices.release()] as const,
    ].filter(([, keys]) => keys.length > 0);
  }
}

function gone(key: Key): Change<ApiObject> {
  return { key, value: undefined };
}

function isSliceKind({ kind }: ApiKind): boolean {
  return kind === "EndpointSlice";
}

function isList(namespaces: KubernetesProviderOptions["namespaces"]): namespaces is readonly string[] {
  return Array.isArray(namespaces);
}

/** Keys of objects that are not read any more, by kind. */
type Released = readonly (readonly [ObjectKind, readonly Key[]])[];
