import { type Clock, systemClock } from "./clock.ts";
import type { Graph } from "./graph.ts";

/** How events are gathered into batches. */
export interface GatheringOptions {
  /** A burst is over when nothing came for so many milliseconds. Default 10. */
  readonly quietMs?: number;
  /** Nothing waits longer than so many milliseconds. Default 100. */
  readonly maxMs?: number;
  /** The longest time in milliseconds for which settling keeps the event loop waiting. Default 8. */
  readonly sliceMs?: number;
  readonly clock?: Clock;
  /** Told of errors of writes (whose event is then left out) and of the graph. Default: console.error. */
  readonly report?: (error: unknown) => void;
  /** Told of every batch when it is settled. */
  readonly settled?: (batch: SettledBatch) => void;
}

/** What one batch took. */
export interface SettledBatch {
  /** How many events were in it. */
  readonly events: number;
  /** From its begin until it was settled, the pauses for the event loop included. */
  readonly milliseconds: number;
}

/** Gathers the events of providers into batches of one graph. */
export interface Gathering {
  /** Announces a source; no batch is made before it has called the returned function, which says that its first content is written. */
  register(name: string): () => void;
  /** Writes to sources, now or with the rest of a burst. `fn` runs in a batch: it reads the content of that moment. */
  write(fn: () => void): void;
  /** The names of the sources that are not synced yet. */
  waitingFor(): readonly string[];
  /** How many events wait for the next batch. */
  depth(): number;
  /** Resolves when the first batch is settled. */
  readonly synced: Promise<void>;
  /** Drops what was not written yet, and everything that comes later. */
  close(): void;
}

/**
 * Makes a gathering: an event after a time of quiet is settled at once; the events of a burst together, when it pauses or has
 * gone on for long; the first batch when all registered sources are synced.
 */
export function createGathering(graph: Graph, options: GatheringOptions = {}): Gathering {
  return new EventGathering(graph, options);
}

class EventGathering implements Gathering {
  readonly synced: Promise<void>;
  readonly #graph: Graph;
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #maxMs: number;
  readonly #sliceMs: number;
  readonly #report: (error: unknown) => void;
  readonly #tellSettled: (batch: SettledBatch) => void;
  readonly #unsynced: string[] = [];
  #waiting: (() => void)[] = [];
  #firstAt = 0;
  /** When the graph was last busy with an event. */
  #busyAt = Number.NEGATIVE_INFINITY;
  #settling = false;
  #begun = false;
  #closed = false;
  #stopTimer: (() => void) | undefined;
  readonly #nowSynced: () => void;

  constructor(graph: Graph, options: GatheringOptions) {
    this.#graph = graph;
    this.#clock = options.clock ?? systemClock;
    this.#quietMs = options.quietMs ?? 10;
    this.#maxMs = options.maxMs ?? 100;
    this.#sliceMs = options.sliceMs ?? 8;
    this.#report = options.report ?? ((error) => console.error(error));
    this.#tellSettled = options.settled ?? (() => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#nowSynced = resolve;
  }

  register(name: string): () => void {
    this.#unsynced.push(name);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#unsynced.splice(this.#unsynced.indexOf(name), 1);
      if (this.#unsynced.length === 0 && !this.#begun) this.#settle();
    };
  }

  write(fn: () => void): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    if (this.#waiting.length === 0) this.#firstAt = now;
    this.#waiting.push(fn);
    if (this.#unsynced.length > 0 && !this.#begun) return;
    if (this.#settling) return;
    const quiet = this.#waiting.length === 1 && now - this.#busyAt >= this.#quietMs;
    if (quiet) this.#settle();
    else this.#wait(now);
  }

  waitingFor(): readonly string[] {
    return [...this.#unsynced];
  }

  depth(): number {
    return this.#waiting.length;
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #wait(now: number): void {
    this.#stopTimer?.();
    const ms = Math.min(this.#quietMs, this.#firstAt + this.#maxMs - now);
    this.#stopTimer = this.#clock.after(Math.max(0, ms), () => this.#settle());
    this.#busyAt = now;
  }

  #settle(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#closed) return;
    const writes = this.#waiting;
    this.#waiting = [];
    this.#settling = true;
    this.#begun = true;
    const began = this.#clock.now();
    const writeAll = (): void => {
      for (const write of writes) this.#writeOne(write);
    };
    this.#graph
      .settleInSlices(writeAll, { sliceMs: this.#sliceMs })
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        this.#tellSettled({ events: writes.length, milliseconds: this.#clock.now() - began });
        this.#settled();
      });
  }

  /** The event of one provider must not spoil those of others. */
  #writeOne(write: () => void): void {
    try {
      this.#graph.batch(write);
    } catch (error) {
      this.#report(error);
    }
  }

  #settled(): void {
    this.#nowSynced();
    this.#settling = false;
    this.#busyAt = this.#clock.now();
    if (this.#waiting.length > 0 && !this.#closed) this.#wait(this.#busyAt);
  }
}
