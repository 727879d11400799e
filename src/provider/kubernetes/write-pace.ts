/** Waits for a pause in the changes of an object, up to this. Milliseconds. */
const firstQuietMs = 25;
const longestQuietMs = 600;

/** Without a pause, a change waits at most so many times as long. */
const patience = 8;

/** An object that was not written for so long is written at once again. Milliseconds. */
const calmMs = 2_000;

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * When one object is written. One that was left alone for a while is written at once. One that keeps changing is written when its
 * changes pause, for ever longer pauses, and now and then without: what people wait for at the end of many changes comes soon after the
 * last one, at the cost of few writes. All times are in milliseconds of one clock.
 */
export class WritePace {
  #quietMs = 0;
  #writtenAt = Number.NEGATIVE_INFINITY;
  /** The first change that was not written yet. */
  #waitingSince: number | undefined;
  #failures = 0;

  /** The object changed; gives how long to wait from now. */
  changed(now: number): number {
    if (now - this.#writtenAt > Math.max(calmMs, this.#quietMs * patience)) return 0;
    this.#waitingSince ??= now;
    return Math.max(0, Math.min(this.#quietMs, this.#waitingSince + this.#quietMs * patience - now));
  }

  /** A write begins. */
  begin(now: number): void {
    const calm = now - this.#writtenAt > calmMs && this.#waitingSince === undefined;
    this.#quietMs = calm ? firstQuietMs : Math.min(longestQuietMs, this.#quietMs * 2);
    this.#writtenAt = now;
    this.#waitingSince = undefined;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * The write failed; gives how long to wait from now.
   * @param random a number from 0 to below 1
   */
  failed(random: number): number {
    const full = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++);
    return full / 2 + (random * full) / 2;
  }
}
