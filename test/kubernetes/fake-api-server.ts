/** An API server in memory, as far as a controller sees it: lists in pages, watches, conflicts, subresources, and all that can go wrong. */
import { isDeepStrictEqual } from "node:util";
import { type ApiClient, ApiError, type ApiRequest, type WatchEvent } from "../../src/kubernetes/api-client.ts";
import { applied, mergePatched } from "./fake-apply.ts";

/** An object as a test writes it. */
export interface FakeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface Stored extends FakeObject {
  readonly metadata: FakeObject["metadata"] & {
    readonly resourceVersion: string;
    readonly uid: string;
    readonly generation: number;
  };
}

interface HistoryEntry {
  readonly version: number;
  readonly collection: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Stored;
}

interface Watcher {
  readonly place: Place;
  readonly selector: string | undefined;
  readonly bookmarks: boolean;
  readonly metadataOnly: boolean;
  push(event: WatchEvent | Error | undefined): void;
}

/** What a path leads to. */
interface Place {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The server. */
export class FakeApiServer {
  readonly client: ApiClient = {
    request: (request) => this.#later(() => this.#answer(request), request.signal),
    watch: (request) => this.#watch(request),
    close: () => {},
  };
  /** Every request, as `METHOD path`. */
  readonly requests: string[] = [];
  /** What a streamed list is answered with. */
  streams = true;
  /** Throws instead of answering where it returns an error. */
  fault: (request: Pick<ApiRequest, "path"> & { readonly method?: string }) => Error | undefined = () => undefined;
  #version = 100;
  #uid = 0;
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #history: HistoryEntry[] = [];
  #forgottenUpTo = 0;
  readonly #watchers = new Set<Watcher>();
  readonly #served: Set<string>;

  /** @param collections what is served: `group/version/plural`, the core group as `v1/plural` */
  constructor(collections: readonly string[]) {
    this.#served = new Set(collections);
  }

  /** Serves another kind from now on, or no more. */
  serve(collection: string, served = true): void {
    if (served) this.#served.add(collection);
    else {
      this.#served.delete(collection);
      this.#objects.delete(collection);
      for (const watcher of this.#watchers) if (watcher.place.collection === collection) watcher.push(undefined);
    }
  }

  /** Creates or replaces an object; its status stays unless it is given. Returns it as it is stored. */
  put(collection: string, object: FakeObject): Stored {
    const key = keyOf(object.metadata);
    const before = this.#collection(collection).get(key);
    return this.#store(
      collection,
      key,
      { ...(before?.status === undefined ? {} : { status: before.status }), ...object },
      before,
    );
  }

  delete(collection: string, key: string): void {
    const before = this.#collection(collection).get(key);
    if (before === undefined) return;
    this.#collection(collection).delete(key);
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.#version) } };
    this.#tell({ version: this.#version, collection, type: "DELETED", object });
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#collection(collection).get(key);
  }

  keys(collection: string): readonly string[] {
    return [...this.#collection(collection).keys()].sort();
  }

  /** Ends all watches: cleanly, or with an error of the connection. */
  dropWatches(error?: Error): void {
    for (const watcher of [...this.#watchers]) watcher.push(error);
  }

  /** Forgets all history, so that whoever was away must list anew. */
  forgetHistory(): void {
    this.#history.length = 0;
    this.#forgottenUpTo = this.#version;
  }

  /** Sends every watch that wants them a bookmark. */
  bookmark(): void {
    for (const watcher of this.#watchers) if (watcher.bookmarks) watcher.push(this.#bookmark());
  }

  get watches(): number {
    return this.#watchers.size;
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): WatchEvent {
    return {
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: String(this.#version), ...(annotations && { annotations }) } },
    };
  }

  #collection(collection: string): Map<string, Stored> {
    const found = this.#objects.get(collection) ?? new Map();
    this.#objects.set(collection, found);
    return found;
  }

  #store(collection: string, key: string, object: FakeObject, before: Stored | undefined): Stored {
    const { status: _old, metadata: _oldMeta, ...spec } = before ?? { status: undefined, metadata: undefined };
    const { status: _new, metadata: _newMeta, ...newSpec } = object;
    const same = before !== undefined && JSON.stringify(spec) === JSON.stringify(newSpec);
    const stored: Stored = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: before?.metadata.uid ?? `uid-${++this.#uid}`,
        generation: before === undefined ? 1 : before.metadata.generation + (same ? 0 : 1),
        creationTimestamp: before?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? "2026-01-01T00:00:00Z",
        resourceVersion: String(++this.#version),
        managedFields: [{ manager: "test" }],
      },
    };
    this.#collection(collection).set(key, stored);
    this.#tell({ version: this.#version, collection, type: before === undefined ? "ADDED" : "MODIFIED", object: stored });
    return stored;
  }

  #tell(entry: HistoryEntry): void {
    this.#history.push(entry);
    for (const watcher of [...this.#watchers]) if (concerns(watcher, entry)) watcher.push(eventOf(entry, watcher.metadataOnly));
  }

  async #later<T>(answer: () => T, signal: AbortSignal | undefined): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    return structuredClone(answer());
  }

  #answer(request: ApiRequest): unknown {
    this.requests.push(`${request.method} ${request.path}`);
    const fault = this.fault(request);
    if (fault !== undefined) throw fault;
    const discovered = this.#discover(request.path);
    if (discovered !== undefined) return discovered;
    const place = this.#placeOf(request.path);
    if (request.method === "GET" && place.name === undefined) return this.#list(request, place);
    if (request.method === "POST") return this.#create(request, place);
    const key = place.namespace === undefined ? (place.name ?? "") : `${place.namespace}/${place.name}`;
    const before = this.#collection(place.collection).get(key);
    if (request.method === "PATCH") return this.#patch(request, place, key, before);
    if (before === undefined) throw notFound(request.path);
    if (request.method === "GET") return before;
    if (request.method === "DELETE") {
      this.delete(place.collection, key);
      return {};
    }
    const body = request.body as FakeObject;
    const asked = body.metadata.resourceVersion;
    if (asked !== undefined && asked !== before.metadata.resourceVersion) throw conflict(request.path);
    const next = place.subresource === "status" ? { ...before, status: body.status } : { ...body, status: before.status };
    return this.#store(place.collection, key, next, before);
  }

  #create(request: ApiRequest, place: Place): unknown {
    const body = request.body as FakeObject;
    const key = place.namespace === undefined ? body.metadata.name : `${place.namespace}/${body.metadata.name}`;
    if (this.#collection(place.collection).has(key)) throw new ApiError(409, "AlreadyExists", `${key} already exists`);
    return this.#store(place.collection, key, body, undefined);
  }

  #patch(request: ApiRequest, place: Place, key: string, before: Stored | undefined): unknown {
    if (before === undefined && place.subresource === "status") throw notFound(request.path);
    if (request.contentType === "application/merge-patch+json") return this.#merge(request, place, key, before);
    const next = applied(before, request.body as FakeObject, place.subresource, String(request.query?.fieldManager ?? ""));
    return next === before ? before : this.#store(place.collection, key, next, before);
  }

  #merge(request: ApiRequest, place: Place, key: string, before: Stored | undefined): unknown {
    if (before === undefined) throw notFound(request.path);
    const { metadata, ...patch } = request.body as FakeObject;
    const asked = metadata?.resourceVersion;
    if (asked !== undefined && asked !== before.metadata.resourceVersion) throw conflict(request.path);
    const next = mergePatched(before, patch) as Stored;
    return isDeepStrictEqual(next, before) ? before : this.#store(place.collection, key, next, before);
  }

  #list({ query = {}, accept = "" }: ApiRequest, place: Place): unknown {
    if (!this.#served.has(place.collection)) throw notFound(place.collection);
    const all = this.#select(place, query.labelSelector?.toString());
    const [at = 0, version = this.#version] = typeof query.continue === "string" ? query.continue.split(":").map(Number) : [];
    if (version < this.#forgottenUpTo) throw new ApiError(410, "Expired", "the continue token is too old");
    const end = typeof query.limit === "number" ? at + query.limit : all.length;
    const more = end < all.length ? { continue: `${end}:${version}` } : {};
    const items = all.slice(at, end).map((object) => shown(object, accept.includes("PartialObjectMetadata")));
    return { kind: "List", metadata: { resourceVersion: String(version), ...more }, items };
  }

  #select({ collection, namespace }: Place, selector: string | undefined): readonly Stored[] {
    const objects = [...this.#collection(collection).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return objects.filter(
      (object) => (namespace === undefined || object.metadata.namespace === namespace) && matches(object, selector),
    );
  }

  #discover(path: string): unknown {
    if (path === "/apis") return { kind: "APIGroupList" };
    const [, root, ...rest] = path.split("/");
    const version = root === "api" ? rest.join("/") : rest.length === 2 ? rest.join("/") : undefined;
    if (version === undefined || (root === "api" && rest.length !== 1)) return undefined;
    const names = [...this.#served]
      .filter((served) => served.startsWith(`${version}/`))
      .map((served) => served.slice(version.length + 1));
    if (names.length === 0) throw notFound(path);
    return { kind: "APIResourceList", resources: names.map((name) => ({ name })) };
  }

  #placeOf(path: string): Place {
    const [, root, ...rest] = path.split("/").map(decodeURIComponent);
    const version = root === "api" ? rest.splice(0, 1).join("/") : rest.splice(0, 2).join("/");
    const namespaced = rest[0] === "namespaces" && rest.length > 2;
    const namespace = namespaced ? rest[1] : undefined;
    const [plural = "", name, subresource] = namespaced ? rest.slice(2) : rest;
    return { collection: `${version}/${plural}`, namespace, name, subresource };
  }

  async *#watch(request: Parameters<ApiClient["watch"]>[0]): AsyncGenerator<WatchEvent, void, void> {
    const { path, query = {}, signal, accept = "" } = request;
    this.requests.push(`WATCH ${path}`);
    const place = this.#placeOf(path);
    const queue: (WatchEvent | Error | undefined)[] = [];
    let wake = () => {};
    const push = (event: WatchEvent | Error | undefined) => {
      queue.push(event);
      wake();
    };
    const metadataOnly = accept.includes("PartialObjectMetadata");
    const selector = query.labelSelector?.toString();
    const watcher: Watcher = { place, selector, bookmarks: query.allowWatchBookmarks === true, metadataOnly, push };
    await this.#later(() => this.#refuseWatch(request, place), signal);
    this.#begin(watcher, query);
    const abort = () => push(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal?.addEventListener("abort", abort, { once: true });
    this.#watchers.add(watcher);
    try {
      for (;;) {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const event = queue.shift();
        if (event === undefined) return;
        if (event instanceof Error) throw event;
        yield structuredClone(event);
      }
    } finally {
      this.#watchers.delete(watcher);
      signal?.removeEventListener("abort", abort);
    }
  }

  #refuseWatch(request: Parameters<ApiClient["watch"]>[0], place: Place): void {
    const fault = this.fault(request);
    if (fault !== undefined) throw fault;
    if (!this.#served.has(place.collection)) throw notFound(request.path);
    if (request.query?.sendInitialEvents === true && !this.streams)
      throw new ApiError(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
  }

  /** What a watch has to tell at its begin. */
  #begin(watcher: Watcher, query: NonNullable<ApiRequest["query"]>): void {
    if (query.sendInitialEvents === true) {
      for (const object of this.#select(watcher.place, watcher.selector))
        watcher.push({ type: "ADDED", object: shown(object, watcher.metadataOnly) });
      watcher.push(this.#bookmark({ "k8s.io/initial-events-end": "true" }));
      return;
    }
    const from = Number(query.resourceVersion ?? this.#version);
    if (from < this.#forgottenUpTo) {
      const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
      watcher.push({ type: "ERROR", object: status });
      return;
    }
    for (const entry of this.#history)
      if (entry.version > from && concerns(watcher, entry)) watcher.push(eventOf(entry, watcher.metadataOnly));
  }
}

function keyOf({ namespace, name }: FakeObject["metadata"]): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function concerns({ place, selector }: Watcher, { collection, object }: HistoryEntry): boolean {
  if (place.collection !== collection || !matches(object, selector)) return false;
  return place.namespace === undefined || place.namespace === object.metadata.namespace;
}

function matches({ metadata }: Stored, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const labels = (metadata.labels ?? {}) as Readonly<Record<string, string>>;
  return selector.split(",").every((part) => {
    const [name = "", value = ""] = part.split("=");
    return labels[name] === value;
  });
}

function eventOf({ type, object }: HistoryEntry, metadataOnly: boolean): WatchEvent {
  return { type, object: shown(object, metadataOnly) };
}

function shown(object: Stored, metadataOnly: boolean): unknown {
  return metadataOnly ? { kind: "PartialObjectMetadata", metadata: object.metadata } : object;
}

function notFound(what: string): ApiError {
  return new ApiError(404, "NotFound", `${what} not found`);
}

function conflict(what: string): ApiError {
  return new ApiError(409, "Conflict", `${what}: the object has been modified`);
}
