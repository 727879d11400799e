/**
 * When a resource that is gone from the store may be taken from a client: after everything that the client uses stopped referring to
 * it, plus a delay, because requests under way still hold what they started with.
 */
import type { XdsType } from "../resource.ts";
import type { Clock } from "./clock.ts";
import type { Wake } from "./holds.ts";
import { entryOf } from "./map-entry.ts";
import type { TypeState } from "./type-state.ts";

/** For each type, the types that can refer to it. */
const referrers: Readonly<Record<XdsType, readonly XdsType[]>> = {
  Listener: [],
  RouteConfiguration: ["Listener"],
  Cluster: ["Listener", "RouteConfiguration", "Cluster"],
  ClusterLoadAssignment: ["Cluster"],
  Secret: ["Listener", "Cluster"],
};

/** Names in use; undefined when the client has something whose content is not known, so that everything may be in use. */
type Used = ReadonlySet<string> | undefined;

/** The pending removals of one stream. */
export class Removals {
  readonly #types: ReadonlyMap<XdsType, TypeState>;
  readonly #clock: Clock;
  readonly #drainMs: number;
  /** Since when nothing refers to a name any more. */
  readonly #freeSince = new Map<XdsType, Map<string, number>>();
  /** What is referred to, by type; computed when a removal asks, dropped when the client's state changes. */
  readonly #used = new Map<XdsType, Used>();

  /** @param drainMs how long a resource stays after its last use, in milliseconds */
  constructor(types: ReadonlyMap<XdsType, TypeState>, clock: Clock, drainMs: number) {
    this.#types = types;
    this.#clock = clock;
    this.#drainMs = drainMs;
  }

  /** Whether the client can do without the resource from now on. Asking starts the delay once nothing refers to it. */
  mayGo(type: XdsType, name: string, wake: Wake): boolean {
    if (referrers[type].length === 0) return true;
    if (this.isUsed(type, name)) {
      this.stays(type, name);
      return false;
    }
    const now = this.#clock.now();
    const since = this.#startOf(type, name, now);
    if (now - since >= this.#drainMs) return true;
    wake(since + this.#drainMs);
    return false;
  }

  /** Whether something that the client uses, or is just getting, refers to the resource. */
  isUsed(type: XdsType, name: string): boolean {
    if (!this.#used.has(type)) this.#used.set(type, this.#collectUsed(type));
    const used = this.#used.get(type);
    return used === undefined || used.has(name);
  }

  /** The resource is wanted again, or gone: its removal is off the list. */
  stays(type: XdsType, name: string): void {
    this.#freeSince.get(type)?.delete(name);
  }

  /** What the client has of `type` changed. */
  referencesChanged(type: XdsType): void {
    for (const [target, from] of Object.entries(referrers)) if (from.includes(type)) this.#used.delete(target as XdsType);
  }

  #startOf(type: XdsType, name: string, now: number): number {
    const names = entryOf(this.#freeSince, type, () => new Map<string, number>());
    return entryOf(names, name, () => now);
  }

  #collectUsed(type: XdsType): Used {
    const used = new Set<string>();
    for (const referrer of referrers[type]) {
      for (const version of this.#types.get(referrer)?.inUse() ?? []) {
        const names = version.references(type);
        // An unknown cluster must not keep itself: clusters that refer to clusters (aggregates) are told about with their members.
        if (names === undefined && referrer === type) continue;
        if (names === undefined) return undefined;
        for (const name of names) used.add(name);
      }
    }
    return used;
  }
}
