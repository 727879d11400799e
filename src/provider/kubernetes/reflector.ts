import { type Clock, type Key, systemClock } from "../../graph/index.ts";
import { type ApiClient, ApiError, isMissing, retryAfterMs } from "../../kubernetes/api-client.ts";
import { refusalOfStatus } from "../../kubernetes/refusal.ts";
import { type BackOff, createBackOff, pause } from "./back-off.ts";
import { isGone, type ListRequest, listPaged, listStreamed } from "./listing.ts";
import { isOlder, type StoredObject, storedKey, storedObject } from "./stored-object.ts";

/** What became of one object: its present form, or undefined when it is gone or not wanted. */
export interface Change<T> {
  readonly key: Key;
  readonly value: T | undefined;
}

/** How things stand with a reflector. */
export type ReflectorState =
  /** Everything that was there was handed on, and changes follow. */
  | { readonly state: "following" }
  /** It tries again; what was handed on stays in force. */
  | { readonly state: "failing"; readonly error: unknown };

/** What a reflector is made from. */
export interface ReflectorOptions<T> {
  readonly client: ApiClient;
  /** The collection: its path, and how objects in it are asked for. */
  readonly request: Omit<ListRequest, "signal">;
  /** Makes of an object what is kept of it; undefined: nothing, it is not wanted. Called for each object as it comes. */
  readonly take: (object: StoredObject, key: Key) => T | undefined;
  /** Takes what changed at once: all of a list, or one event. */
  readonly apply: (changes: readonly Change<T>[]) => void;
  readonly tell: (state: ReflectorState) => void;
  /** Shared by all reflectors of one server: whether it streams lists. */
  readonly streams: { supported: boolean };
  /** Everything is listed again after so many milliseconds. Default: ten hours. */
  readonly relistMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Keeps a copy of the objects of one collection of an API server. */
export interface Reflector<T> {
  /** Lists and watches until `signal` is aborted, whatever happens, or until the server says that it does not know the collection. */
  run(signal: AbortSignal): Promise<void>;
  /** The collection is no more: everything in it is gone. */
  forgetAll(): void;
  /**
   * Lists a part of the collection anew, whose objects are wanted from now on and were not before. Resolves with what is new by that,
   * for the caller to write. Rejects when the server cannot be asked.
   */
  load(request: ListRequest): Promise<readonly Change<T>[]>;
  /** Forgets objects that are not wanted any more. */
  forget(keys: Iterable<Key>): void;
  /** The keys of what is kept. */
  keys(): Iterable<Key>;
}

/** A watch lasts between one and two of these, then it is begun anew, so that none hangs for ever. Seconds. */
const watchSeconds = 300;

const usualRelistMs = 10 * 60 * 60 * 1000;

const standsMs = 2_000;

/** Beyond its time, a watch that the server did not end is taken for dead. Milliseconds. */
const graceMs = 30_000;

/** Makes a reflector. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  return new ListWatch(options);
}

class ListWatch<T> implements Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #random: () => number;
  /** The versions of what is kept. */
  readonly #kept = new Map<Key, string>();
  /** What was deleted while parts were being loaded: a list that is older must not bring it back. */
  readonly #deleted = new Map<Key, string>();
  #loading = 0;
  /** Where the watch goes on; undefined: everything is listed first. */
  #version: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock = systemClock, tell, relistMs = usualRelistMs } = this.#options;
    let listedAt = Number.NEGATIVE_INFINITY;
    const backOff = createBackOff({ random: this.#random, clock });
    while (!signal.aborted) {
      try {
        if (this.#version === undefined || clock.now() - listedAt > relistMs) {
          this.#version = await this.#list(signal);
          listedAt = clock.now();
          tell({ state: "following" });
        }
        if (!(await this.#follow(this.#version, signal, backOff))) await backOff.wait(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isMissing(error)) {
          this.#version = undefined;
          return;
        }
        await this.#recover(error, signal, backOff);
      }
    }
  }

  keys(): Iterable<Key> {
    return [...this.#kept.keys()];
  }

  forgetAll(): void {
    this.#version = undefined;
    const changes = Array.from(this.#kept.keys(), (key) => ({ key, value: undefined }));
    this.#kept.clear();
    if (changes.length > 0) this.#options.apply(changes);
  }

  async load(request: ListRequest): Promise<readonly Change<T>[]> {
    this.#loading++;
    try {
      let found: StoredObject[] = [];
      await listPaged(
        this.#options.client,
        request,
        (object) => found.push(object),
        () => {
          found = [];
        },
      );
      return found.flatMap((object) => this.#take(object));
    } finally {
      this.#loading--;
      if (this.#loading === 0) this.#deleted.clear();
    }
  }

  forget(keys: Iterable<Key>): void {
    for (const key of keys) this.#kept.delete(key);
  }

  async #recover(error: unknown, signal: AbortSignal, backOff: BackOff): Promise<void> {
    const { tell } = this.#options;
    if (isGone(error)) {
      this.#version = undefined;
      return backOff.wait(signal);
    }
    tell({ state: "failing", error });
    return backOff.wait(signal, retryAfterMs(error));
  }

  /** Brings the copy up to date with a whole list, as one change. */
  async #list(signal: AbortSignal): Promise<string> {
    let seen = new Set<Key>();
    const changes: Change<T>[] = [];
    const each = (object: StoredObject, deleted: boolean) => {
      if (deleted) seen.delete(storedKey(object));
      else seen.add(storedKey(object));
      changes.push(...(deleted ? this.#delete(object) : this.#take(object)));
    };
    const restart = () => {
      seen = new Set();
    };
    const version = await this.#listBest(signal, each, restart);
    for (const [key, kept] of this.#kept) {
      // What was loaded meanwhile is newer than the list.
      if (seen.has(key) || isOlder(version, kept)) continue;
      this.#kept.delete(key);
      changes.push({ key, value: undefined });
    }
    if (changes.length > 0) this.#options.apply(changes);
    return version;
  }

  /** Streamed where the server can, else in pages. */
  async #listBest(
    signal: AbortSignal,
    each: (object: StoredObject, deleted: boolean) => void,
    restart: () => void,
  ): Promise<string> {
    const { client, request, streams } = this.#options;
    if (streams.supported) {
      try {
        return await listStreamed(client, { ...request, signal }, each);
      } catch (error) {
        if (!(error instanceof ApiError) || ![400, 422].includes(error.code)) throw error;
        streams.supported = false;
        restart();
      }
    }
    return listPaged(client, { ...request, signal }, each, restart);
  }

  /** Watches until the server ends it; false when that came without an event, so that a server that always does so is not pressed. */
  async #follow(from: string, signal: AbortSignal, backOff: BackOff): Promise<boolean> {
    const { client, request, apply, clock = systemClock, tell } = this.#options;
    let events = 0;
    // A watch tells nothing of its begin: one that was not refused for a while stands.
    const stands = clock.after(standsMs, () => tell({ state: "following" }));
    const timeoutSeconds = Math.ceil(watchSeconds * (1 + this.#random()));
    const ending = new AbortController();
    const end = () => ending.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    const over = pause(timeoutSeconds * 1000 + graceMs, ending.signal, clock).then(() => {
      ending.abort(new Error(`the watch of ${request.path} did not end in time`));
    });
    try {
      const query = { ...request.query, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds };
      for await (const { type, object } of client.watch({ ...request, query, signal: ending.signal })) {
        if (type === "ERROR") throw refusalOfStatus(object, `GET ${request.path}`);
        const stored = storedObject(object, type);
        const changes = type === "BOOKMARK" ? [] : type === "DELETED" ? this.#delete(stored) : this.#take(stored);
        this.#version = stored.metadata.resourceVersion;
        if (events++ === 0) {
          backOff.reset();
          tell({ state: "following" });
        }
        if (changes.length > 0) apply(changes);
      }
      return events > 0;
    } finally {
      stands();
      signal.removeEventListener("abort", end);
      ending.abort();
      await over;
    }
  }

  /** Takes a version of an object unless a newer one is known. */
  #take(object: StoredObject): readonly Change<T>[] {
    const key = storedKey(object);
    const { resourceVersion } = object.metadata;
    const known = this.#kept.get(key) ?? this.#deleted.get(key);
    if (known !== undefined && (known === resourceVersion || isOlder(resourceVersion, known))) return [];
    const value = this.#options.take(object, key);
    if (value !== undefined) this.#kept.set(key, resourceVersion);
    else if (!this.#kept.delete(key)) return [];
    return [{ key, value }];
  }

  #delete(object: StoredObject): readonly Change<T>[] {
    const key = storedKey(object);
    const { resourceVersion } = object.metadata;
    const known = this.#kept.get(key);
    if (known !== undefined && isOlder(resourceVersion, known)) return [];
    if (this.#loading > 0) this.#deleted.set(key, resourceVersion);
    return this.#kept.delete(key) ? [{ key, value: undefined }] : [];
  }
}
