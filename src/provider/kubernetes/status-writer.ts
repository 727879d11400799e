import { builtKinds } from "../../api/kinds.ts";
import type { Kind } from "../../api/schema/kind.ts";
import { type Clock, type Collection, type Graph, type Key, systemClock } from "../../graph/index.ts";
import { type ApiClient, isConflict, isMissing, retryAfterMs } from "../../kubernetes/api-client.ts";
import { resourcePath } from "../../kubernetes/resource-path.ts";
import type { Logger } from "../../log/logger.ts";
import { nextStatus, type StatusWriting } from "./next-status.ts";
import type { PresentStatus, PresentStatuses } from "./present-statuses.ts";
import type { SettledStatus } from "./settled-statuses.ts";
import { storedObject } from "./stored-object.ts";
import { WritePace } from "./write-pace.ts";

/** What writes statuses to an API server. */
export interface StatusWriterOptions {
  readonly client: ApiClient;
  readonly graph: Graph;
  /** The statuses that objects shall have, by `Kind/namespace/name`. */
  readonly statuses: Collection<SettledStatus>;
  /** Those that they have. */
  readonly present: PresentStatuses;
  readonly controllerName: string;
  /** Whether an ancestor is that of another controller, see `StatusWriting`. */
  readonly isOthers: StatusWriting["isOthers"];
  readonly log: Logger;
  /** Told of every attempt. */
  readonly onWritten: (key: Key, milliseconds: number, outcome: "success" | "failure") => void;
  readonly clock?: Clock;
  readonly now?: () => Date;
}

/** So many requests are under way at the same time. */
const concurrency = 8;

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
interface Turn {
  readonly pace: WritePace;
  /** It waits for its time. */
  callOff: (() => void) | undefined;
  /** It waits because a write failed, whatever changes meanwhile. */
  punished: boolean;
}

class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #clock: Clock;
  readonly #turns = new Map<Key, Turn>();
  /** What was published last; the collection itself may be in the middle of a settling. */
  readonly #desired = new Map<Key, SettledStatus>();
  readonly #ready = new Set<Key>();
  readonly #writing = new Set<Key>();
  /** What was written and came out differently: as a CRD of another release makes it. */
  readonly #refused = new Map<Key, string>();
  readonly #ending = new AbortController();
  #begun = false;
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
          this.#changed(key);
        }
        if (!this.#begun) this.#begin();
      }),
      present.subscribe((key) => {
        if (this.#begun) this.#look(key);
      }),
    ];
  }

  /** All that statuses shall say is known: what nobody wants is so for certain. */
  #begin(): void {
    this.#begun = true;
    for (const key of this.#options.present.keys()) this.#changed(key);
  }

  stop(): void {
    this.#ending.abort();
    for (const stop of this.#stops) stop();
    for (const { callOff } of this.#turns.values()) callOff?.();
    this.#ready.clear();
  }

  /** What the server has changed: our own writes, as a rule. */
  #look(key: Key): void {
    const waits = this.#turns.get(key)?.callOff !== undefined;
    if (!waits && !this.#ready.has(key) && !this.#writing.has(key) && this.#plan(key) !== undefined) this.#changed(key);
  }

  /** What an object shall say changed: it is written when its time has come. */
  #changed(key: Key): void {
    if (this.#ready.has(key) || this.#writing.has(key)) return;
    const turn = this.#turns.get(key);
    if (turn?.punished) return;
    const ms = turn?.pace.changed(this.#clock.now()) ?? 0;
    if (turn === undefined || ms <= 0) this.#enqueue(key);
    else this.#wait(key, turn, ms);
  }

  #wait(key: Key, turn: Turn, ms: number): void {
    turn.callOff?.();
    turn.callOff = this.#clock.after(ms, () => this.#enqueue(key));
  }

  #enqueue(key: Key): void {
    const turn = this.#turns.get(key);
    if (turn !== undefined) {
      turn.callOff?.();
      turn.callOff = undefined;
      turn.punished = false;
    }
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
        this.#look(key);
        this.#work();
      });
    }
  }

  /** What is to be written of an object, if anything. */
  #plan(key: Key): Write | undefined {
    const { present, controllerName, isOthers, now = () => new Date() } = this.#options;
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
    const status = nextStatus(desired?.status, there.status, { controllerName, isOthers, generation, now: time });
    if (status === undefined || this.#refused.get(key) === refusalOf(status, there)) return undefined;
    return { key, desired, status, there };
  }

  #forget(key: Key): void {
    this.#turns.get(key)?.callOff?.();
    this.#turns.delete(key);
    this.#refused.delete(key);
  }

  async #write({ key, desired, status, there }: Write): Promise<void> {
    const { client, present, onWritten, log } = this.#options;
    const began = this.#clock.now();
    const turn = this.#turns.get(key) ?? { pace: new WritePace(), callOff: undefined, punished: false };
    this.#turns.set(key, turn);
    turn.pace.begin(began);
    const path = pathOf(key, there.apiVersion);
    const body = { metadata: { resourceVersion: there.resourceVersion, uid: there.uid }, status };
    const { signal } = this.#ending;
    try {
      const contentType = "application/merge-patch+json";
      const query = { fieldManager: "envoy-gateway" };
      const answer = storedObject(await client.request({ method: "PATCH", path, query, body, contentType, signal }));
      const { resourceVersion, generation } = answer.metadata;
      const written = { ...there, status: answer.status, resourceVersion, generation };
      turn.pace.succeeded();
      this.#refused.delete(key);
      present.accept(key, written);
      if (this.#desired.get(key) === desired) this.#noteRefusal(key, written);
      onWritten(key, this.#clock.now() - began, "success");
    } catch (error) {
      if (signal.aborted) return;
      this.#retryLater(key, turn, error);
      if (isConflict(error)) return;
      onWritten(key, this.#clock.now() - began, "failure");
      if (isMissing(error)) return;
      log.warn("a status cannot be written; trying again", { object: key, reason: error instanceof Error ? error.message : "" });
    }
  }

  /** What came out differently from what was written, and still is wanted, is not written again before something changes. */
  #noteRefusal(key: Key, written: PresentStatus): void {
    const left = this.#plan(key);
    if (left === undefined || !this.#desired.has(key)) return;
    this.#refused.set(key, refusalOf(left.status, written));
    this.#options.log.debug("the API server keeps a status differently: its CRD is of another release", { object: key });
  }

  #retryLater(key: Key, turn: Turn, error: unknown): void {
    turn.punished = true;
    this.#wait(key, turn, Math.max(retryAfterMs(error), turn.pace.failed(Math.random())));
  }
}

interface Write {
  readonly key: Key;
  /** What it shall say in full. */
  readonly desired: SettledStatus | undefined;
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

const kinds: ReadonlyMap<string, Kind> = new Map(builtKinds.map((kind: Kind) => [kind.kind, kind]));

function pathOf(key: Key, version: string): string {
  const [name = "", namespace = "", object = ""] = key.split("/");
  const kind = kinds.get(name);
  if (kind === undefined) throw new Error(`${name} is not a kind that is built`);
  const place = namespace === "" ? {} : { namespace };
  return resourcePath({ group: kind.group, version, plural: kind.plural, ...place, name: object, subresource: "status" });
}
