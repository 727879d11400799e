/** What one client has of one type, what is on its way to it, and what still has to go. */
import type { XdsType } from "../resource.ts";
import { NamedVersions } from "./named-versions.ts";
import type { KnownVersion, StoredResource } from "./store.ts";
import { Subscription } from "./subscription.ts";

/** One response: everything that it changes. */
export interface Batch {
  readonly upserts: readonly StoredResource[];
  readonly removed: readonly string[];
}

/** A response that the client has not answered yet. */
export interface InFlight extends Batch {
  readonly nonce: string;
  /** Counts the responses of the stream: a larger one was sent later. */
  readonly order: number;
  /** The names in it that had to be sent even though the client may have them. */
  readonly forced: ReadonlySet<string>;
  /** Sent to learn from the answer; see fault-search.ts. */
  readonly trial?: StoredResource;
}

/** A version that the client refused, in its own words. */
export interface Rejection {
  readonly version: string;
  readonly message: string;
  /** Of a listener whose address it could not bind: this version is sent again. */
  readonly retry?: BindRetry;
}

/** Times are in milliseconds, on the clock of the stream. */
export interface BindRetry {
  /** How long was waited last. */
  readonly waitMs: number;
  /** When it is sent again; undefined: from now on. */
  readonly at?: number;
}

/** The state of one type on one stream. */
export class TypeState {
  readonly type: XdsType;
  readonly subscription = new Subscription();
  /** Name → the version that the client accepted last: what it uses now. */
  readonly accepted = new NamedVersions();
  /** Name → the version that the client refused; see `isRefused`. */
  readonly rejected = new Map<string, Rejection>();
  /** Names whose stored version may differ from what the client has. */
  readonly dirty = new Set<string>();
  /** Dirty names that are sent even when the client has that version, or told to be absent at once. */
  readonly forced = new Set<string>();
  /** After a refusal that named nobody: the groups of names to be tried one after the other. */
  suspects: (readonly string[])[] = [];
  inFlight: InFlight | undefined;
  /** What a response carried, once somebody has asked. */
  #onTheWay: { readonly nonce: string; readonly versions: NamedVersions } | undefined;
  /** Whether anything was sent: the first request for a wildcard is answered even when there is nothing. */
  answered = false;
  lastNonce = "";

  constructor(type: XdsType) {
    this.type = type;
  }

  /** Has the name sent when it may be; with `force` also when the client has that version. */
  mark(name: string, force = false): void {
    this.dirty.add(name);
    if (force) this.forced.add(name);
  }

  /** Whether the client refused this version, so that it is not sent again. */
  isRefused(name: string, version: string): boolean {
    const rejection = this.rejected.get(name);
    return rejection?.version === version && (rejection.retry === undefined || rejection.retry.at !== undefined);
  }

  /** The name needs no sending any more. */
  settle(name: string): void {
    this.dirty.delete(name);
    this.forced.delete(name);
  }

  /** The client no longer wants the name, so nothing is known of what it does with it. */
  forget(name: string): void {
    this.settle(name);
    this.accepted.delete(name);
    this.rejected.delete(name);
  }

  /** The versions of a name that the client may be using. */
  versionsInUse(name: string): readonly KnownVersion[] {
    return this.inUse().flatMap((versions) => versions.get(name) ?? []);
  }

  /** What the client may be using: what it accepted, and what is on the way. */
  inUse(): readonly NamedVersions[] {
    // A trial is none: nobody takes it.
    const { inFlight } = this;
    return inFlight === undefined || inFlight.trial !== undefined ? [this.accepted] : [this.accepted, this.#sentIn(inFlight)];
  }

  #sentIn({ nonce, upserts }: InFlight): NamedVersions {
    if (this.#onTheWay?.nonce !== nonce) {
      const versions = new NamedVersions();
      for (const resource of upserts) versions.set(resource.name, resource);
      this.#onTheWay = { nonce, versions };
    }
    return this.#onTheWay.versions;
  }
}
