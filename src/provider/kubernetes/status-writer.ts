import { builtKinds } from "../../api/kinds.ts";
import type { Kind } from "../../api/schema/kind.ts";
import { type Clock, type Collection, type Graph, type Key, systemClock } from "../../graph/index.ts";
import { type ApiClient, ApiError } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";
import type { Logger } from "../../log/logger.ts";
import { nextStatus } from "./next-status.ts";
import type { PresentStatus, PresentStatuses } from "./present-statuses.ts";
import type { SettledStatus } from "./settled-statuses.ts";
import { storedObject } from "./stored-object.ts";

/** What writes statuses to an API server. */
export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly graph: Graph;
  /** The statuses that objects shall have, by `Kind/namespace/name`. */
  readonly statuses: Collection<SettledStatus>;
  /** Those that they have. */
  readonly present: PresentStatuses;
  readonly controllerName: string;
  readonly log: Logger;
  /** Told of every attempt. */
  readonly onWritten: (key: Key, milliseconds: number, outcome: "success" | "failure") => void;
  readonly clock?: Clock;
  readonly now?: () => Date;
}

/** So many requests are under way at the same time. */
const concurrency = 8;

/** Writes of one object while it keeps changing: the pauses between them grow up to this. Milliseconds. */
const firstPauseMs = 50;
const longestPauseMs = 800;

/** An object that did not change for so long is written at once again. Milliseconds. */
const calmMs = 2_000;

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * Keeps the statuses of objects on an API server as they shall be, until the returned function is called. Only what differs is
 * written, an object that changes all the time is written less and less often, and a write is made only on the version of the object
 * that was seen: what others write meanwhile is never lost.
 */
export function startStatusWriter(options: StatusWriterOptions): () => void {
  const writer = new StatusWriter(options);
  return () => writer.stop();
}

/** How things stand with the writing of one object. */
interface Pace {
  /** When the last write began. */
  at: number;
  pauseMs: number;
  failures: number;
  /** It waits for its time. */
  callOff: (() => void) | undefined;
}

class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #clock: Clock;
  readonly #paces = new Map<Key, Pace>();
  /** What was published last; the collection itself may be in the middle of a settling. */
  readonly #desired = new Map<Key, SettledStatus>();
  readonly #ready = new Set<Key>();
  readonly #writing = new Set<Key>();
  /** What was written and came out differently: as a CRD of another release makes it. */
  readonly #refused = new Map<Key, string>();
  readonly #ending = new AbortController();
  readonly #stops: (() => void)[];

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { graph, statuses, present } = options;
    this.#stops = [
      graph.subscribe(statuses, ({ updates }) => {
        for (const [key, status] of updates) {
          if (status === undefined) this.#desired.delete(key);
          else this.#desired.set(key, status);
          this.#look(key);
        }
      }),
      present.subscribe((key) => this.#look(key)),
    ];
    for (const key of present.keys()) this.#look(key);
  }

  stop(): void {
    this.#ending.abort();
    for (const stop of this.#stops) stop();
    for (const { callOff } of this.#paces.values()) callOff?.();
    this.#ready.clear();
  }

  /** Looks after an object when its time has come. */
  #look(key: Key): void {
    const pace = this.#paces.get(key);
    if (pace?.callOff !== undefined || this.#ready.has(key) || this.#writing.has(key)) return;
    const wait = pace === undefined ? 0 : pace.at + pace.pauseMs - this.#clock.now();
    if (pace === undefined || wait <= 0) this.#enqueue(key);
    else this.#wait(key, pace, wait);
  }

  #wait(key: Key, pace: Pace, ms: number): void {
    pace.callOff = this.#clock.after(ms, () => {
      pace.callOff = undefined;
      this.#enqueue(key);
    });
  }

  #enqueue(key: Key): void {
    this.#ready.add(key);
    // After everything else that this batch tells, so that one look finds it all.
    if (this.#ready.size === 1) setImmediate(() => this.#work());
  }

  #work(): void {
    for (const key of inOrder(this.#ready)) {
      if (this.#writing.size >= concurrency) return;
      this.#ready.delete(key);
      const write = this.#plan(key);
      if (write === undefined) continue;
      this.#writing.add(key);
      void this.#write(write).finally(() => {
        this.#writing.delete(key);
        if (this.#ending.signal.aborted) return;
        // What changed meanwhile shows in a difference.
        if (this.#planned(key)) this.#look(key);
        this.#work();
      });
    }
  }

  #planned(key: Key): boolean {
    return this.#plan(key) !== undefined;
  }

  /** What is to be written of an object, if anything. */
  #plan(key: Key): Write | undefined {
    const { present, controllerName, now = () => new Date() } = this.#options;
    const there = present.get(key);
    if (there === undefined) {
      this.#forget(key);
      return undefined;
    }
    const desired = this.#desired.get(key);
    const generation = desired?.generation;
    // A newer object is on its way through the translation.
    if (desired !== undefined && (generation ?? 0) < (there.generation ?? 0)) return undefined;
    const time = now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    const status = nextStatus(desired?.status, there.status, { controllerName, generation, now: time });
    if (status === undefined || this.#refused.get(key) === refusalOf(status, there)) return undefined;
    return { key, status, there };
  }

  #forget(key: Key): void {
    this.#paces.get(key)?.callOff?.();
    this.#paces.delete(key);
    this.#refused.delete(key);
  }

  async #write({ key, status, there }: Write): Promise<void> {
    const { client, present, onWritten, log } = this.#options;
    const began = this.#clock.now();
    const pace = this.#begin(key, began);
    const path = pathOf(key, there.apiVersion);
    const body = { metadata: { resourceVersion: there.resourceVersion, uid: there.uid }, status };
    const { signal } = this.#ending;
    try {
      const contentType = "application/merge-patch+json";
      const query = { fieldManager: "envoy-gateway" };
      const answer = storedObject(await client.request({ method: "PATCH", path, query, body, contentType, signal }));
      const { resourceVersion, generation } = answer.metadata;
      const written = { ...there, status: answer.status, resourceVersion, generation };
      pace.failures = 0;
      this.#refused.delete(key);
      present.accept(key, written);
      this.#noteRefusal(key, written);
      onWritten(key, this.#clock.now() - began, "success");
    } catch (error) {
      if (signal.aborted) return;
      this.#retryLater(key, pace, error);
      if (isConflict(error)) return;
      onWritten(key, this.#clock.now() - began, "failure");
      if (isGone(error)) return;
      log.warn("a status cannot be written; trying again", { object: key, reason: error instanceof Error ? error.message : "" });
    }
  }

  /** An object that keeps changing is written ever less often. */
  #begin(key: Key, now: number): Pace {
    const pace = this.#paces.get(key) ?? { at: Number.NEGATIVE_INFINITY, pauseMs: 0, failures: 0, callOff: undefined };
    const calm = now - pace.at > calmMs;
    pace.pauseMs = calm ? firstPauseMs : Math.min(longestPauseMs, pace.pauseMs * 2);
    pace.at = now;
    this.#paces.set(key, pace);
    return pace;
  }

  /** What came out differently from what was written is not written again before something changes. */
  #noteRefusal(key: Key, written: PresentStatus): void {
    const left = this.#plan(key);
    if (left === undefined || !this.#desired.has(key)) return;
    this.#refused.set(key, refusalOf(left.status, written));
    this.#options.log.debug("the API server keeps a status differently: its CRD is of another release", { object: key });
  }

  #retryLater(key: Key, pace: Pace, error: unknown): void {
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const full = Math.min(longestRetryMs, firstRetryMs * 2 ** pace.failures++);
    pace.callOff?.();
    this.#wait(key, pace, Math.max(asked, full / 2 + (Math.random() * full) / 2));
  }
}

interface Write {
  readonly key: Key;
  readonly status: Readonly<Record<string, unknown>>;
  readonly there: PresentStatus;
}

/** What is known of a difference that cannot be written away: the fields, and what the server has instead. */
function refusalOf(status: Write["status"], { status: there }: PresentStatus): string {
  const times = (_name: string, value: unknown) => (_name === "lastTransitionTime" ? undefined : value);
  return JSON.stringify([status, there], times);
}

/** Gateways and their classes first: people wait for them. */
function inOrder(keys: ReadonlySet<Key>): readonly Key[] {
  const first = [...keys].filter((key) => key.startsWith("Gateway"));
  return first.length === 0 ? [...keys] : [...first, ...[...keys].filter((key) => !key.startsWith("Gateway"))];
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

const kinds: ReadonlyMap<string, Kind> = new Map(builtKinds.map((kind: Kind) => [kind.kind, kind]));

function pathOf(key: Key, version: string): string {
  const [name = "", namespace = "", object = ""] = key.split("/");
  const kind = kinds.get(name);
  if (kind === undefined) throw new Error(`${name} is not a kind that is built`);
  const place = namespace === "" ? {} : { namespace };
  return resourcePath({ group: kind.group, version, plural: kind.plural, ...place, name: object, subresource: "status" });
}
