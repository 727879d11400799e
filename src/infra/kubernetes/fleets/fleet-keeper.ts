import type { Clock } from "../../../graph/index.ts";
import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ScopeKey } from "../../../ir/reference.ts";
import { ApiError } from "../../../kubernetes/api-client.ts";
import type { Logger } from "../../../log/logger.ts";
import { type BackOff, createBackOff } from "../../back-off.ts";
import { isAsExpected, storedPart } from "../cluster/drift.ts";
import { placeKey } from "../cluster/managed-kinds.ts";
import type { ObjectWriter, WrittenObject } from "../cluster/object-writer.ts";
import type { ObservedObject } from "../cluster/observed-object.ts";
import type { ObservedObjects } from "../cluster/observed-objects.ts";
import type { Json, KubernetesObject } from "../objects/kubernetes-object.ts";
import type { Claims } from "./claims.ts";
import { isForeign, isOwn, type MarkedObject } from "./ownership.ts";
import { mayGo } from "./succession.ts";

/** What a fleet shall be. */
export interface WantedFleet {
  readonly infra: ProxyInfra;
  /** In the order in which they are to be made. */
  readonly objects: readonly MarkedObject[];
  /** What is wrong with what was asked for. */
  readonly problems: readonly string[];
}

/** What all keepers share. */
export interface KeeperSurroundings {
  readonly writer: ObjectWriter;
  readonly observed: ObservedObjects;
  readonly claims: Claims;
  readonly controllerNamespace: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when a fleet was brought to what it shall be, as far as that can be: why it is not in `problem`, in words for the user. */
  readonly done: (scope: ScopeKey, problem: string | undefined) => void;
}

/** How long is waited after failures in a row. */
const retries = { firstMs: 500, longestMs: 30_000, healthyMs: Number.POSITIVE_INFINITY };

/** Somebody who sets an object otherwise again and again is answered no more often than this, in milliseconds. */
const repairEveryMs = 5_000;

/** An object that is somebody else's. */
class ForeignObject extends Error {}

/** Keeps the objects of one fleet as they shall be. It works off one look at a time; whatever happens meanwhile leads to another. */
export class FleetKeeper {
  readonly scope: ScopeKey;
  readonly #surroundings: KeeperSurroundings;
  #backOff: BackOff = createBackOff(retries);
  /** How objects were stored when they were applied last, by place. */
  readonly #stored = new Map<string, { readonly mark: string; readonly part: Json; readonly at: number }>();
  #wanted: WantedFleet | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #resting = true;
  #callOff = () => {};

  constructor(scope: ScopeKey, surroundings: KeeperSurroundings) {
    this.scope = scope;
    this.#surroundings = surroundings;
  }

  /** Sets what the fleet shall be; undefined: it shall go. */
  want(wanted: WantedFleet | undefined): void {
    this.#wanted = wanted;
    this.#resting = false;
    this.look();
  }

  /** It was told what is wanted, and does not rest. */
  get isAwake(): boolean {
    return !this.#resting;
  }

  /** What the fleet shall be. */
  get wanted(): WantedFleet | undefined {
    return this.#wanted;
  }

  /** Looks again, because something may have changed. */
  look(): void {
    if (this.#resting) return;
    this.#callOff();
    this.#again = true;
    this.#working ??= this.#work();
  }

  /** Changes nothing any more until something is wanted again. Resolves when the last write is done. */
  async rest(): Promise<void> {
    this.#resting = true;
    this.#again = false;
    this.#callOff();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { problems, failed, waitMs } = await this.#step().catch((error: unknown) => this.#mishap(error));
      if (this.#resting) break;
      this.#surroundings.done(this.scope, problems.length === 0 ? undefined : problems.join("; "));
      if (this.#again) continue;
      if (!failed) this.#backOff = createBackOff(retries);
      const pauseMs = failed ? Math.max(waitMs, this.#backOff.next(0)) : waitMs;
      if (pauseMs > 0) this.#lookAfter(pauseMs);
    }
    // In the same turn as the last look at `#again`: what happens from now on begins anew.
    this.#working = undefined;
  }

  /** A mistake of our own concerns this fleet only, and may pass. */
  #mishap(error: unknown): Outcome {
    this.#surroundings.log.error("internal error", { proxy: this.scope, error });
    const outcome = new Outcome();
    outcome.failed = true;
    return outcome;
  }

  #lookAfter(ms: number): void {
    this.#callOff();
    this.#callOff = this.#surroundings.clock.after(ms, () => this.look());
  }

  /** Brings everything to what it shall be; what fails keeps nothing else from being done. */
  async #step(): Promise<Outcome> {
    const { observed, claims } = this.#surroundings;
    const outcome = new Outcome();
    const wanted = this.#wanted;
    const held = wanted && heldBack(wanted.infra);
    if (held !== undefined) {
      // What runs goes on as it is.
      if (observed.of(this.scope).size === 0) outcome.problems.push(held);
      return outcome;
    }
    outcome.problems.push(...(wanted?.problems ?? []));
    for (const marked of wanted?.objects ?? []) {
      const owner = claims.ownerOf(marked.place);
      if (owner === this.scope) {
        await this.#attempt(marked.object, outcome, () =>
          this.#bring(marked, observed.of(this.scope).get(marked.place), outcome),
        );
      } else if (marked.object.kind !== "ServiceAccount") outcome.problems.push(taken(marked.object, owner));
    }
    const kept = new Set((wanted?.objects ?? []).map(({ place }) => place));
    for (const [place, object] of [...observed.of(this.scope)]) {
      if (!kept.has(place) && this.#mayGo(object)) await this.#attempt(object, outcome, () => this.#remove(object));
    }
    return outcome;
  }

  async #attempt(object: WrittenObject, outcome: Outcome, write: () => Promise<void>): Promise<void> {
    if (this.#resting) return;
    try {
      await write();
    } catch (error) {
      if (this.#resting) return;
      outcome.fail(object, error);
      this.#surroundings.log.warn("cannot write an object of a fleet", { proxy: this.scope, object: placeKey(object), error });
    }
  }

  async #bring({ place, mark, object }: MarkedObject, seen: ObservedObject | undefined, outcome: Outcome): Promise<void> {
    const { writer, clock, observed } = this.#surroundings;
    const memory = this.#stored.get(place);
    const known = memory?.mark === mark ? memory : undefined;
    if (seen !== undefined) {
      // One that is on its way out is made anew when it is gone.
      if (seen.metadata.leaving || isAsExpected(seen.whole, known?.part ?? object)) return;
      const early = known === undefined ? 0 : known.at + repairEveryMs - clock.now();
      if (early > 0) return outcome.wait(early);
    } else {
      const existing = await writer.read(object);
      if (existing !== undefined && isForeign(existing, this.scope)) return leaveAlone(object);
    }
    const stored = await writer.apply(object);
    if (stored === undefined) return;
    this.#stored.set(place, { mark, part: storedPart(object, stored.whole), at: clock.now() });
    observed.take(stored);
  }

  async #remove(object: ObservedObject): Promise<void> {
    await this.#surroundings.writer.delete(object);
    this.#stored.delete(placeKey(object));
  }

  /** Whether an object that is not wanted may go now: nothing that serves goes before something else has taken its place. */
  #mayGo(object: ObservedObject): boolean {
    const { observed, controllerNamespace } = this.#surroundings;
    if (object.metadata.leaving || !isOwn(object, controllerNamespace)) return false;
    return mayGo(object, observed.of(this.scope), this.#wanted?.objects ?? []);
  }
}

/** What came of one look. */
class Outcome {
  readonly problems: string[] = [];
  failed = false;
  waitMs = 0;

  wait(ms: number): void {
    this.waitMs = this.waitMs === 0 ? ms : Math.min(this.waitMs, ms);
  }

  /** What passes by itself (no connection, a server that is busy) is no problem of the fleet's. */
  fail({ kind, metadata }: WrittenObject, error: unknown): void {
    this.failed = true;
    const refused = error instanceof ApiError && error.code < 500 && error.code !== 429;
    if (error instanceof ApiError) this.wait((error.retryAfterSeconds ?? 0) * 1000);
    if (!refused && !(error instanceof ForeignObject)) return;
    this.problems.push(`${kind} ${metadata.namespace}/${metadata.name}: ${error.message}`);
  }
}

/** Why nothing of a fleet may be changed, in words for the user. */
function heldBack({ unresolved, listeners }: ProxyInfra): string | undefined {
  return unresolved ?? (listeners.length === 0 ? "there is no listener that proxies could serve" : undefined);
}

/** A ServiceAccount of the user's own is used as it is. */
function leaveAlone({ kind, metadata }: KubernetesObject): void {
  if (kind === "ServiceAccount") return;
  throw new ForeignObject(
    `there is one of the name ${metadata.name} that belongs to something else; remove it, or choose another name`,
  );
}

function taken({ kind, metadata }: KubernetesObject, owner: ScopeKey | undefined): string {
  return `${kind} ${metadata.namespace}/${metadata.name}: the fleet ${owner} has one of that name; choose another in spec.provider.kubernetes of the EnvoyProxy`;
}
