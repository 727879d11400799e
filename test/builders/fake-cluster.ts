/** An API server in memory, as far as writing objects of fleets needs one. */
import { isObject } from "../../src/api/json-object.ts";
import type { CollectionObserver, FollowCollection } from "../../src/infra/kubernetes/cluster/followed-collection.ts";
import { managedKinds } from "../../src/infra/kubernetes/cluster/managed-kinds.ts";
import { mergeJson } from "../../src/infra/kubernetes/patch/json-merge.ts";
import { type ApiClient, ApiError, type ApiRequest } from "../../src/kubernetes/api-client.ts";

type Json = Readonly<Record<string, unknown>>;

/** One stored object: what was applied to it, what others said, and what both come to. */
interface Stored {
  applied: Json | undefined;
  others: Json;
  view: Json;
}

interface Follower {
  readonly path: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly observer: CollectionObserver;
  readonly known: Set<string>;
}

/** The cluster, and what was asked of it. */
export class FakeCluster {
  /** `METHOD Kind/namespace/name`, as they came. */
  readonly writes: string[] = [];
  /** Refuses a write by throwing. */
  refuse: (request: ApiRequest) => void = () => {};
  readonly #objects = new Map<string, Stored>();
  readonly #followers = new Set<Follower>();
  #version = 0;

  readonly client: ApiClient = {
    request: async (request) => this.#answer(request),
    watch: () => {
      throw new Error("collections are followed by `follow`");
    },
    close: () => {},
  };

  readonly follow: FollowCollection = ({ path, labelSelector = "" }, observer) => {
    const labels = labelSelector.split(",").flatMap((pair) => (pair === "" ? [] : [pair.split("=", 2) as [string, string]]));
    const follower: Follower = { path, labels, observer, known: new Set() };
    this.#followers.add(follower);
    queueMicrotask(() => {
      for (const [at, { view }] of this.#objects) this.#tell(follower, at, view);
      observer.synced();
    });
    return () => this.#followers.delete(follower);
  };

  /** The objects there are, by `Kind/namespace/name`. */
  get objects(): ReadonlyMap<string, Json> {
    return new Map([...this.#objects].map(([at, { view }]) => [placeOf(at), view]));
  }

  /** What somebody else says about an object, also its status; null removes what he said. */
  change(place: string, change: Json): void {
    const at = pathOf(place);
    const stored = this.#objects.get(at) ?? { applied: undefined, others: {}, view: {} };
    this.#store(at, stored.applied, mergeJson({ ...stored.others }, change), mergeJson(stored.view, change));
  }

  /** Somebody else removes an object. */
  remove(place: string): void {
    this.#delete(pathOf(place));
  }

  #answer(request: ApiRequest): unknown {
    const at = request.path;
    const stored = this.#objects.get(at);
    if (request.method !== "GET") {
      this.writes.push(`${request.method} ${placeOf(at)}`);
      this.refuse(request);
    }
    if (request.method === "PATCH") {
      const applied = request.body as Json;
      const { kind, apiVersion, metadata } = applied;
      const others = stored?.others ?? {};
      const view = mergeJson(mergeJson({ kind, apiVersion, metadata: {} }, others), applied);
      this.#store(at, applied, others, {
        ...view,
        metadata: { ...(stored?.view.metadata ?? {}), ...(metadata as Json), ...(view.metadata as Json) },
      });
      return this.#objects.get(at)?.view;
    }
    if (stored === undefined) throw new ApiError(404, "NotFound", `${placeOf(at)} not found`);
    if (request.method === "DELETE") this.#delete(at);
    return stored.view;
  }

  #store(at: string, applied: Json | undefined, others: Json, view: Json): void {
    const before = this.#objects.get(at);
    const metadata = (view.metadata ?? {}) as Json;
    const [, namespace = "", name = ""] = placeOf(at).split("/");
    const managedFields = applied === undefined ? [] : [{ manager: "envoy-gateway", operation: "Apply" }];
    const uid = (before?.view.metadata as Json | undefined)?.uid ?? `uid-${this.#version + 1}`;
    const settled = canonical({ ...view, metadata: { ...metadata, name, namespace, uid, managedFields } }) as Json;
    const resourceVersion = before && sameButVersion(before.view, settled) ? versionOf(before.view) : String(++this.#version);
    const whole = { ...settled, metadata: { ...(settled.metadata as Json), resourceVersion } };
    this.#objects.set(at, { applied, others, view: whole });
    if (before !== undefined && versionOf(before.view) === resourceVersion) return;
    for (const follower of this.#followers) queueMicrotask(() => this.#tell(follower, at, whole));
  }

  #delete(at: string): void {
    if (!this.#objects.delete(at)) return;
    this.#version++;
    for (const follower of this.#followers) queueMicrotask(() => this.#tell(follower, at, undefined));
  }

  #tell(follower: Follower, at: string, object: Json | undefined): void {
    const collection = at.slice(0, at.lastIndexOf("/"));
    const anywhere = collection.replace(/\/namespaces\/[^/]+/, "");
    if (follower.path !== collection && follower.path !== anywhere) return;
    const [, namespace, name] = placeOf(at).split("/");
    const key = namespace === "" ? String(name) : `${namespace}/${name}`;
    const labels = (isObject(object) && isObject(object.metadata) && object.metadata.labels) || {};
    const matches = object !== undefined && follower.labels.every(([label, value]) => (labels as Json)[label] === value);
    if (matches) follower.known.add(key);
    else if (!follower.known.delete(key)) return;
    follower.observer.apply([{ key, object: matches ? object : undefined }]);
  }
}

/** Values are stored in one way of writing them: a thousand thousandths are one. */
function canonical(value: unknown): unknown {
  if (value === "1000m") return "1";
  if (Array.isArray(value)) return value.map(canonical);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, canonical(each)])) : value;
}

function sameButVersion(a: Json, b: Json): boolean {
  const without = (object: Json) =>
    JSON.stringify(sorted({ ...object, metadata: { ...(object.metadata as Json), resourceVersion: "" } }));
  return without(a) === without(b);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

function versionOf(object: Json): string {
  return String((object.metadata as Json).resourceVersion);
}

function placeOf(path: string): string {
  const [, namespace, plural, name] = /(?:\/namespaces\/([^/]+))?\/([a-z]+)\/([^/]+)$/.exec(path) ?? [];
  const kind = managedKinds.find((each) => each.plural === plural)?.kind ?? plural;
  return `${kind}/${namespace ?? ""}/${name}`;
}

function pathOf(place: string): string {
  const [kind, namespace, name] = place.split("/");
  const found = managedKinds.find((each) => each.kind === kind);
  if (found === undefined) return `/api/v1/${kind}/${name}`;
  const root = found.group === "" ? `/api/${found.version}` : `/apis/${found.group}/${found.version}`;
  return `${root}/namespaces/${namespace}/${found.plural}/${name}`;
}
