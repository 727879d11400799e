/**
 * When a resource that is gone from the store may be taken from a client: after everything that the client uses stopped referring to
 * it, plus a delay, because requests under way still hold what they started with.
 */

import type { Clock } from "../../graph/index.ts";
import type { XdsType } from "../resource.ts";
import type { Wake } from "./holds.ts";
import { entryOf } from "./map-entry.ts";
import type { NamedVersion } from "./named-versions.ts";
import type { StoredResource } from "./store.ts";
import type { TypeState } from "./type-state.ts";

/** For each type, the types that can refer to it. */
const referrers: Readonly<Record<XdsType, readonly XdsType[]>> = {
  Listener: [],
  RouteConfiguration: ["Listener"],
  Cluster: ["Listener", "RouteConfiguration", "Cluster"],
  ClusterLoadAssignment: ["Cluster"],
  Secret: ["Listener", "Cluster"],
};

/** Something that a client uses and that refers to a resource. */
interface User extends NamedVersion {
  readonly type: XdsType;
}

/** The pending removals of one stream. */
export class Removals {
  readonly #types: ReadonlyMap<XdsType, TypeState>;
  readonly #clock: Clock;
  readonly #drainMs: number;
  /** Since when nothing refers to a name any more. */
  readonly #freeSince = new Map<XdsType, Map<string, number>>();
  /** Who was found to refer to a name; while the client has that version, nobody has to be looked for. */
  readonly #lastUser = new Map<XdsType, Map<string, User>>();

  /** @param drainMs how long a resource stays after its last use, in milliseconds */
  constructor(types: ReadonlyMap<XdsType, TypeState>, clock: Clock, drainMs: number) {
    this.#types = types;
    this.#clock = clock;
    this.#drainMs = drainMs;
  }

  /** Whether the client can do without the resource from now on. Asking starts the delay once nothing refers to it. */
  mayGo(type: XdsType, name: string, wake: Wake): boolean {
    if (referrers[type].length === 0) return true;
    const now = this.#clock.now();
    const free = entryOf(this.#freeSince, type, () => new Map<string, number>());
    if (!free.has(name)) {
      if (this.#isUsed(type, name)) return false;
      free.set(name, now);
    }
    const end = (free.get(name) ?? now) + this.#drainMs;
    if (end <= now) return true;
    wake(end);
    return false;
  }

  /** The resource is wanted again, or gone: its removal is off the list. */
  stays(type: XdsType, name: string): void {
    this.#freeSince.get(type)?.delete(name);
    this.#lastUser.get(type)?.delete(name);
  }

  /** These are on their way to the client: what they refer to is in use from now on. */
  sent(type: XdsType, upserts: readonly StoredResource[]): void {
    for (const target of targetsOf(type)) {
      const free = this.#freeSince.get(target);
      if (free === undefined || free.size === 0) continue;
      for (const resource of upserts) for (const name of resource.referencesAmong(target, free)) free.delete(name);
    }
  }

  /** The client said what it has of the type from before: delays start anew. */
  started(type: XdsType): void {
    for (const target of targetsOf(type)) this.#freeSince.get(target)?.clear();
  }

  #isUsed(type: XdsType, name: string): boolean {
    const users = entryOf(this.#lastUser, type, () => new Map<string, User>());
    const last = users.get(name);
    if (last !== undefined && this.#types.get(last.type)?.accepted.get(last.name) === last.version) return true;
    const user = this.#findUser(type, name);
    if (user === undefined) users.delete(name);
    else users.set(name, user);
    return user !== undefined;
  }

  #findUser(type: XdsType, name: string): User | undefined {
    for (const referrer of referrers[type]) {
      for (const versions of this.#types.get(referrer)?.inUse() ?? []) {
        // An unknown cluster must not keep itself: clusters that refer to clusters (aggregates) are told about with their members.
        const user = versions.referrerOf(type, name, referrer === type);
        if (user !== undefined) return { type: referrer, ...user };
      }
    }
    return undefined;
  }
}

function targetsOf(type: XdsType): XdsType[] {
  return (Object.keys(referrers) as XdsType[]).filter((target) => referrers[target].includes(type));
}
