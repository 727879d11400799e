import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { isObject } from "../api/json-object.ts";
import type { Logger } from "../log/logger.ts";
import { type ApiClient, ApiError, isMissing } from "./api-client.ts";
import { resourcePath } from "./resource-path.ts";

/** How one of several replicas is chosen. Times are in milliseconds. */
export interface LeadershipOptions {
  readonly client: ApiClient;
  /** Where the Lease is, and its name. */
  readonly namespace: string;
  readonly name: string;
  /** Others wait so long after the last sign of life of the leader. */
  readonly leaseMs: number;
  /** The leader gives up when it could not renew for so long; less than `leaseMs`. */
  readonly renewDeadlineMs: number;
  /** Time between tries. */
  readonly retryMs: number;
  readonly log: Logger;
  /** Who this replica is. Default: the host's name and a random part. */
  readonly identity?: string;
  /** The time and a way to wait, so that tests can have their own. */
  readonly clock?: LeadershipClock;
}

/** Milliseconds that never go back, and a wait that ends early when `signal` is aborted. */
export interface LeadershipClock {
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const machineClock: LeadershipClock = {
  now: () => performance.now(),
  wait: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
};

/** Whether it is up to this replica to write. */
export interface Leadership {
  /** Runs `begin` whenever this replica comes to lead, and what that returns when it does no more. Returns a function that ends it. */
  whileLeading(begin: () => () => void): () => void;
  isLeader(): boolean;
  /** Ceases to lead, and lets another replica do so at once. */
  stop(): Promise<void>;
}

/** The leadership of a replica that has no rivals. */
export function soleLeadership(): Leadership {
  return { whileLeading: (begin) => begin(), isLeader: () => true, stop: async () => {} };
}

/**
 * Takes part in the election of a leader by a Lease, in the way of all Kubernetes controllers, so that they can be mixed. A leader that
 * cannot reach the API server ceases to lead before another one can begin; then it takes part again.
 */
export function seekLeadership(options: LeadershipOptions): Leadership {
  return new Candidate(options);
}

/** What is read of a Lease. Source: coordination.k8s.io/v1 */
interface Lease {
  readonly version: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly transitions: number;
  readonly acquireTime: string;
}

class Candidate implements Leadership {
  readonly #options: LeadershipOptions;
  readonly #identity: string;
  readonly #clock: LeadershipClock;
  readonly #ending = new AbortController();
  readonly #followers = new Map<object, { readonly begin: () => () => void; end: (() => void) | undefined }>();
  readonly #running: Promise<void>;
  #leading = false;
  /** The version that was seen last, and since when: clocks of other machines are not trusted. */
  #seen: { readonly version: string; readonly at: number } | undefined;
  #renewedAt = 0;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#identity = options.identity ?? `${hostname()}_${randomUUID()}`;
    this.#clock = options.clock ?? machineClock;
    this.#running = this.#run();
  }

  whileLeading(begin: () => () => void): () => void {
    const id = {};
    const follower = { begin, end: this.#leading ? begin() : undefined };
    this.#followers.set(id, follower);
    return () => {
      this.#followers.delete(id);
      follower.end?.();
    };
  }

  isLeader(): boolean {
    return this.#leading;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    const led = this.#leading;
    this.#lead(false);
    if (led) await this.#release().catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    const { retryMs, log } = this.#options;
    let told = "";
    while (!signal.aborted) {
      const lease = await this.#try().catch((error: unknown) => error);
      if (signal.aborted) return;
      if (lease instanceof Error) {
        if (told !== lease.message) log.warn("cannot take part in the election of a leader", { reason: lease.message });
        told = lease.message;
      } else {
        told = "";
      }
      await this.#clock.wait(retryMs * (1 + Math.random() / 5), signal);
    }
  }

  /** Renews or takes the Lease where that is due; ceases to lead where that could not be done for too long. */
  async #try(): Promise<void> {
    const { renewDeadlineMs, leaseMs, retryMs } = this.#options;
    const asked = this.#clock.now();
    const left = this.#leading ? this.#renewedAt + renewDeadlineMs - asked : retryMs * 5;
    try {
      const held = await this.#take(Math.max(1, Math.min(left, leaseMs)));
      if (held) this.#renewedAt = asked;
      this.#lead(held);
    } catch (error) {
      const conflict = error instanceof ApiError && (error.code === 409 || error.reason === "AlreadyExists");
      if (this.#clock.now() >= this.#renewedAt + renewDeadlineMs) this.#lead(false);
      if (!conflict) throw error;
    }
  }

  /** Whether the Lease is this replica's after the attempt. */
  async #take(timeoutMs: number): Promise<boolean> {
    const { client, namespace, name } = this.#options;
    const at = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespace };
    const path = resourcePath({ ...at, name });
    const { signal } = this.#ending;
    let lease: Lease | undefined;
    try {
      lease = leaseOf(await client.request({ method: "GET", path, timeoutMs, signal }));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    if (lease === undefined) {
      await client.request({ method: "POST", path: resourcePath(at), body: this.#body(undefined), timeoutMs, signal });
      return true;
    }
    if (lease.holder !== this.#identity && lease.holder !== "" && !this.#isOver(lease)) return false;
    await client.request({ method: "PUT", path, body: this.#body(lease), timeoutMs, signal });
    return true;
  }

  /** Whether another's Lease ran out: nothing was heard of it for its whole duration. */
  #isOver({ version, leaseMs }: Lease): boolean {
    const now = this.#clock.now();
    if (this.#seen?.version !== version) this.#seen = { version, at: now };
    return now - this.#seen.at > leaseMs;
  }

  #body(before: Lease | undefined): unknown {
    const { namespace, name, leaseMs } = this.#options;
    const now = microTime();
    const mine = before?.holder === this.#identity;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace, name, ...(before && { resourceVersion: before.version }) },
      spec: {
        holderIdentity: this.#identity,
        leaseDurationSeconds: Math.max(1, Math.round(leaseMs / 1000)),
        acquireTime: mine ? before.acquireTime : now,
        renewTime: now,
        leaseTransitions: before === undefined ? 0 : before.transitions + (mine ? 0 : 1),
      },
    };
  }

  #lead(leading: boolean): void {
    if (this.#leading === leading) return;
    this.#leading = leading;
    this.#options.log.info(leading ? "leading: statuses and infrastructure are this replica's to write" : "not leading any more");
    for (const follower of this.#followers.values()) {
      if (leading) {
        follower.end = follower.begin();
      } else {
        follower.end?.();
        follower.end = undefined;
      }
    }
  }

  /** Gives the Lease back. */
  async #release(): Promise<void> {
    const { client, namespace, name } = this.#options;
    const path = resourcePath({ group: "coordination.k8s.io", version: "v1", plural: "leases", namespace, name });
    const lease = leaseOf(await client.request({ method: "GET", path, timeoutMs: 2000 }));
    if (lease.holder !== this.#identity) return;
    const body = this.#body(lease) as { readonly spec: object };
    const spec = { ...body.spec, holderIdentity: "", leaseDurationSeconds: 1 };
    await client.request({ method: "PUT", path, body: { ...body, spec }, timeoutMs: 2000 });
  }
}

function leaseOf(value: unknown): Lease {
  const { metadata, spec } = isObject(value) ? value : {};
  const fields = isObject(spec) ? spec : {};
  if (!isObject(metadata) || typeof metadata.resourceVersion !== "string") throw new TypeError("the answer is no Lease");
  return {
    version: metadata.resourceVersion,
    holder: typeof fields.holderIdentity === "string" ? fields.holderIdentity : "",
    leaseMs: 1000 * (typeof fields.leaseDurationSeconds === "number" ? fields.leaseDurationSeconds : 15),
    transitions: typeof fields.leaseTransitions === "number" ? fields.leaseTransitions : 0,
    acquireTime: typeof fields.acquireTime === "string" ? fields.acquireTime : microTime(),
  };
}

/** The present time as Kubernetes writes a MicroTime. */
function microTime(): string {
  return new Date().toISOString().replace(/Z$/, "000Z");
}
