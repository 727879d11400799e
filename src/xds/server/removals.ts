/**
 * When a resource that is gone from the store may be taken from a client: after everything that the client uses stopped referring to
 * it, plus a delay, because requests under way still hold what they started with.
 */

import type { Clock } from "../../graph/index.ts";
import type { XdsType } from "../resource.ts";
import type { Wake } from "./holds.ts";
import { entryOf } from "./map-entry.ts";
import type { KnownVersion, StoredResource } from "./store.ts";
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
interface User {
  readonly type: XdsType;
  readonly name: string;
  readonly version: KnownVersion;
}

/** Stands in an index for every name: the user's content is not known. */
const anyName = "*";

/** Up to how many searches looking through everything is cheaper than an index. */
const fewSearches = 8;

/** Who uses what: found by looking at first, by an index when many ask. */
interface Uses {
  searches: number;
  byName: Map<string, User> | undefined;
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
  /** Searches for users, by what is searched for; dropped when what the client has changes. */
  readonly #uses = new Map<XdsType, Uses>();

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
    this.#forget(type);
    for (const target of targetsOf(type)) {
      const free = this.#freeSince.get(target);
      if (free === undefined || free.size === 0) continue;
      for (const resource of upserts) {
        const names =
          free.size > fewSearches ? resource.references(target) : free.keys().filter((name) => resource.refersTo(target, name));
        for (const name of names) free.delete(name);
      }
    }
  }

  /** What the client has of the type changed. */
  answered(type: XdsType): void {
    this.#forget(type);
  }

  /** The client said what it has of the type from before: delays start anew. */
  started(type: XdsType): void {
    this.#forget(type);
    for (const target of targetsOf(type)) this.#freeSince.get(target)?.clear();
  }

  #forget(type: XdsType): void {
    for (const target of targetsOf(type)) this.#uses.delete(target);
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
    const uses = entryOf(this.#uses, type, (): Uses => ({ searches: 0, byName: undefined }));
    if (++uses.searches > fewSearches) {
      uses.byName ??= this.#indexUsers(type);
      return uses.byName.get(name) ?? uses.byName.get(anyName);
    }
    for (const user of this.#users(type)) if (user.version.refersTo(type, name) !== false) return user;
    return undefined;
  }

  #indexUsers(type: XdsType): Map<string, User> {
    const byName = new Map<string, User>();
    for (const user of this.#users(type)) for (const name of user.version.references(type) ?? [anyName]) byName.set(name, user);
    return byName;
  }

  /** Everything that may refer to resources of `type`. */
  *#users(type: XdsType): Generator<User> {
    for (const referrer of referrers[type]) {
      for (const [name, version] of this.#types.get(referrer)?.inUse() ?? []) {
        // An unknown cluster must not keep itself: clusters that refer to clusters (aggregates) are told about with their members.
        if (referrer !== type || version.refersTo(type, name) !== undefined) yield { type: referrer, name, version };
      }
    }
  }
}

function targetsOf(type: XdsType): XdsType[] {
  return (Object.keys(referrers) as XdsType[]).filter((target) => referrers[target].includes(type));
}
