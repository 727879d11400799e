import type { Key } from "./collection.ts";
import { FailureLog } from "./failures.ts";
import type { Failure, Host, Node } from "./node.ts";
import { inSlices, type Pace, withoutPause } from "./pace.ts";
import { type Subscriber, Subscription, type Told } from "./subscription.ts";

/** Settings of a graph; all are optional. */
export interface GraphOptions {
  /** Freeze all values deeply, so that a computation that changes what it was given fails. For tests. Default false. */
  readonly freeze?: boolean;
  /** Told of errors that belong to no entry: those of subscribers. Default: console.error. */
  readonly report?: (error: unknown) => void;
  /** The time in milliseconds; it decides when a slice is used up. Default: performance.now. */
  readonly now?: () => number;
}

/**
 * Asked before a version is published for what it still needs; undefined: nothing. The version waits for the promise, then makes the
 * writes that it gives, settles again and asks again. It must not reject.
 */
export type Supply = () => Promise<() => void> | undefined;

/** The steps of a settling; between two of them the event loop goes on, or the promise is waited for. */
type Steps = Generator<Promise<void> | undefined, void, void>;

/** The writes of one batch, and who waits for it. */
interface Transaction {
  readonly writes: readonly (() => void)[];
  /** Undefined: settle without pause. */
  readonly sliceMs: number | undefined;
  readonly done?: (error: Error | undefined) => void;
}

/** So often failures may change because of failures; what reads them and then fails itself could go on for ever. */
const mostPasses = 8;

/**
 * Takes batches of writes, runs what they make dirty in the order of creation, and publishes the outcome as one version.
 * Everything happens in one thread; while one batch is settled, others wait in a queue.
 */
export class Settling implements Host {
  readonly freeze: boolean;
  readonly failures: FailureLog;
  readonly nodes: Node<unknown>[] = [];
  version = 0;
  readonly #report: (error: unknown) => void;
  readonly #now: () => number;
  #open: (() => void)[] | undefined;
  #queue: Transaction[] = [];
  #woken = false;
  #running = false;
  computing = false;
  demandFollowed = false;
  #misuse: Error | undefined;
  /** What changed since subscribers were last told. */
  readonly #changed = new Set<Node<unknown>>();
  #subscriptions: Told[] = [];
  #supply: Supply | undefined;

  constructor(options: GraphOptions) {
    this.freeze = options.freeze ?? false;
    this.#report = options.report ?? ((error) => console.error(error));
    this.#now = options.now ?? (() => performance.now());
    this.failures = new FailureLog(this);
    this.nodes.push(this.failures);
  }

  now(): number {
    return this.#now();
  }

  fail(failureKey: Key, failure: Failure | undefined): void {
    this.failures.note(failureKey, failure);
  }

  misuse(error: Error): void {
    this.#misuse ??= error;
  }

  report(error: unknown): void {
    this.#report(error);
  }

  add(node: Node<unknown>): void {
    this.#refuseInComputation(`a collection (${node.name})`);
    this.nodes.push(node);
    if (node.scheduled) this.wake(node);
  }

  wake(node: Node<unknown>): void {
    node.scheduled = true;
    this.#woken = true;
    if (this.#open === undefined) this.#drain();
  }

  write(stage: () => void): void {
    if (this.#open !== undefined) this.#open.push(stage);
    else this.batch(() => this.#open?.push(stage));
  }

  batch(fn: () => void): void {
    this.#refuseInComputation("a batch");
    if (this.#open !== undefined) {
      this.#join(this.#open, fn);
      return;
    }
    this.#queue.push({ writes: this.#writesOf(fn), sliceMs: undefined });
    this.#drain();
  }

  settleInSlices(fn: () => void, sliceMs: number): Promise<void> {
    this.#refuseInComputation("a batch");
    if (this.#open !== undefined) throw new Error("settleInSlices must not be called in a batch");
    const writes = this.#writesOf(fn);
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error));
      this.#queue.push({ writes, sliceMs, done });
      this.#drain();
    });
  }

  subscribe<T>(node: Node<T>, subscriber: Subscriber<T>, scope: "all" | "changes"): () => void {
    this.#refuseInComputation("a subscription");
    const subscription = new Subscription(node, subscriber, scope);
    this.#subscriptions.push(subscription);
    if (!this.#running) this.#tell(() => subscription.begin(this.version));
    else this.#woken = true;
    return () => {
      if (subscription.close()) this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  supplyBy(supply: Supply): () => void {
    if (this.#supply !== undefined) throw new Error("there is a supply already");
    this.#supply = supply;
    return () => {
      this.#supply = undefined;
    };
  }

  #writesOf(fn: () => void): (() => void)[] {
    const writes: (() => void)[] = [];
    this.#open = writes;
    try {
      this.#join(writes, fn);
    } finally {
      this.#open = undefined;
    }
    return writes;
  }

  /** Runs `fn` in the open batch; when it throws, its writes are taken back. */
  #join(writes: (() => void)[], fn: () => void): void {
    const before = writes.length;
    try {
      const result: unknown = fn();
      if (result instanceof Promise) throw new TypeError("a batch must be synchronous: write when everything is at hand");
    } catch (error) {
      writes.length = before;
      throw error;
    }
  }

  #refuseInComputation(what: string): void {
    if (this.computing) throw new Error(`a computation must not make ${what}: it only computes values`);
  }

  /** Settles what is queued, unless a settling is under way, which will take it up itself. */
  #drain(): void {
    if (this.#running) return;
    let misuse: Error | undefined;
    while (this.#queue.length > 0 || this.#woken) {
      const taken = this.#queue.splice(0);
      const slices = taken.flatMap((transaction) => transaction.sliceMs ?? []);
      const pace = slices.length > 0 ? inSlices(Math.min(...slices), this.#now) : withoutPause;
      this.#woken = false;
      this.#running = true;
      if (!this.#proceed(this.#settle(taken, pace), taken, pace)) return;
      if (slices.length < taken.length || taken.length === 0) misuse ??= this.#misuse;
      this.#misuse = undefined;
    }
    if (misuse !== undefined) throw misuse;
  }

  /** Goes on with a settling until it is complete (true) or its slice is used up (false); then the event loop brings it back. */
  #proceed(steps: Steps, taken: readonly Transaction[], pace: Pace): boolean {
    let complete = false;
    let waitFor: Promise<void> | undefined;
    try {
      pace.restart();
      const step = steps.next();
      complete = step.done === true;
      waitFor = step.value ?? undefined;
    } catch (error) {
      // An error here is one of the engine's own; go on with what comes next instead of waiting for ever.
      this.#misuse ??= error instanceof Error ? error : new Error(String(error));
      complete = true;
    }
    if (!complete) {
      const goOn = () => {
        if (!this.#proceed(steps, taken, pace)) return;
        this.#misuse = undefined;
        this.#tell(() => this.#drain());
      };
      if (waitFor === undefined) setImmediate(goOn);
      else void waitFor.then(goOn);
      return false;
    }
    this.#running = false;
    this.computing = false;
    for (const transaction of taken) transaction.done?.(this.#misuse);
    return true;
  }

  *#settle(taken: readonly Transaction[], pace: Pace): Steps {
    this.version++;
    for (const { writes } of taken) yield* this.#stage(writes, pace);
    yield* this.#passes(pace);
    for (let more = this.#supply?.(); more !== undefined; more = this.#supply?.()) {
      let write = () => {};
      yield more.then(
        (supplied) => {
          write = supplied;
        },
        (error: unknown) => this.#report(error),
      );
      yield* this.#stage(this.#writesOf(write), pace);
      yield* this.#passes(pace);
    }
    yield* this.#publish(pace);
  }

  *#stage(writes: readonly (() => void)[], pace: Pace): Steps {
    for (const stage of writes) {
      stage();
      if (pace.due()) yield;
    }
  }

  *#passes(pace: Pace): Steps {
    for (let pass = 0; pass < mostPasses; pass++) {
      yield* this.#pass(pace);
      if (!this.failures.scheduled) break;
      if (pass === mostPasses - 1) this.#report(new Error("failures keep changing: a computation fails for reading them"));
    }
  }

  /** Every dirty node settles once. Whatever it changes marks nodes that come later. */
  *#pass(pace: Pace): Steps {
    const changed: Node<unknown>[] = [];
    for (let at = 0; at < this.nodes.length; at++) {
      const node = this.nodes[at];
      if (node === undefined || !node.scheduled) continue;
      node.scheduled = false;
      yield* this.#settleNode(node, pace);
      if (node.changes.size === 0) continue;
      changed.push(node);
      for (const dependent of node.dependents) dependent.scheduled = true;
    }
    for (const node of changed) {
      node.endPass();
      this.#changed.add(node);
      if (pace.due()) yield;
    }
  }

  *#settleNode(node: Node<unknown>, pace: Pace): Steps {
    let started = this.#now();
    this.computing = true;
    const steps = node.settle(pace);
    while (steps !== undefined && steps.next().done !== true) {
      node.counters.milliseconds += this.#now() - started;
      this.computing = false;
      yield;
      this.computing = true;
      started = this.#now();
    }
    this.computing = false;
    node.counters.milliseconds += this.#now() - started;
  }

  *#publish(pace: Pace): Steps {
    for (const subscription of [...this.#subscriptions]) {
      subscription.node.publishable();
      if (pace.due()) yield;
      this.#tell(() => subscription.publish(this.version));
      if (pace.due()) yield;
    }
    for (const node of this.#changed) node.published();
    this.#changed.clear();
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report(error);
    }
  }
}
