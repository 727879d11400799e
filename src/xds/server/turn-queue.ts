/**
 * Gives each task a turn of the event loop of its own. Immediates do not: all that are set run in one turn, so that many clients, or
 * a few that get everything, would hold up all else.
 */
export class TurnQueue {
  readonly #tasks = new Set<() => void>();
  #running = false;

  /** Runs a task soon; once, when it is added several times before its turn comes. An error that it throws is not caught. */
  add(task: () => void): void {
    this.#tasks.add(task);
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    const [task] = this.#tasks;
    if (task !== undefined) this.#tasks.delete(task);
    this.#running = this.#tasks.size > 0;
    if (this.#running) setImmediate(this.#next);
    task?.();
  };
}
