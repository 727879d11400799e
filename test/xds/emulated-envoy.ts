/**
 * A client that behaves like Envoy: asks for endpoints when it has clusters, for listeners when its first clusters are warm, for
 * routes when it has listeners. Reads responses with protobuf-es, one at a time, when it is told to.
 */
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { typeUrls, type XdsResource, type XdsType } from "../../src/xds/resource.ts";
import { ResourceStream } from "../../src/xds/server/resource-stream.ts";
import type { XdsStore } from "../../src/xds/server/store.ts";
import { deltaVariant, sotwVariant } from "../../src/xds/server/variant.ts";
import type { ManualClock } from "../builders/manual-clock.ts";
import { messageType } from "./messages.ts";
import { resource, scope } from "./resources.ts";

/** A response as protobuf-es gives it: of Delta, or of SotW. */
interface Decoded {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: readonly ({ readonly resource: { readonly value: Uint8Array } } | { readonly value: Uint8Array })[];
  readonly removedResources?: readonly string[];
}

interface Told {
  readonly type: XdsType;
  readonly nonce: string;
  readonly upserts: readonly XdsResource[];
  readonly removed: readonly string[];
  /** Why it refuses what is bad: of a trial, its first mistake. */
  readonly words: string;
}

const typeOfUrl = new Map<string, XdsType>(Object.entries(typeUrls).map(([type, url]) => [url, type as XdsType]));

/** Envoy as far as the protocol shows it. Versions that end in "!" are refused. */
export class EmulatedEnvoy {
  /** What it accepted, by type and name. */
  readonly has = new Map<XdsType, Map<string, XdsResource>>();
  /** Clusters that can answer. */
  readonly warm = new Set<string>();
  readonly #store: XdsStore;
  readonly #clock: ManualClock;
  readonly #variant: "delta" | "sotw";
  /** Content by `type|name@version`: the bytes on the wire only hold name and version. */
  readonly #contents: ReadonlyMap<string, XdsResource>;
  readonly #asked = new Map<XdsType, Set<string>>();
  readonly #inbox: Told[] = [];
  readonly #warming = new Set<string>();
  #stream: ResourceStream;
  #disconnect = () => {};

  constructor(store: XdsStore, clock: ManualClock, variant: "delta" | "sotw", contents: ReadonlyMap<string, XdsResource>) {
    this.#store = store;
    this.#clock = clock;
    this.#variant = variant;
    this.#contents = contents;
    this.#stream = this.#open();
    this.#start("Cluster");
  }

  /** How many responses it has not read. */
  get unread(): number {
    return this.#inbox.length;
  }

  /** Names of a type with their accepted versions. */
  versions(type: XdsType): Record<string, string> {
    return Object.fromEntries(Array.from(this.#of(type), ([name, { version }]) => [name, version]));
  }

  /** Every cluster that the routes and listeners in use name. */
  *clustersInUse(): Generator<string> {
    for (const type of ["RouteConfiguration", "Listener"] as const) {
      for (const resource of this.#of(type).values()) yield* namesOf(resource, "Cluster");
    }
  }

  /** For each listener: the filters that its routes need, and those that it has for them. */
  *filtersInUse(): Generator<readonly [listener: string, needed: ReadonlySet<string>, offered: ReadonlySet<string>]> {
    for (const [name, { entrances }] of this.#of("Listener")) {
      for (const [routes, offered] of entrances?.filters ?? []) {
        yield [
          name,
          new Set(Array.from(this.#of("RouteConfiguration").get(routes)?.filters ?? [], (filter) => filter.name)),
          offered,
        ];
      }
    }
  }

  /** Reads one response, answers it, and asks for what it needs next. */
  step(): void {
    const told = this.#inbox.shift();
    if (told === undefined) return;
    const bad = told.upserts.filter(({ version }) => version.endsWith("!"));
    const good = told.upserts.filter((resource) => !bad.includes(resource));
    // Envoy takes the good clusters and listeners of a response that it refuses, and nothing of other types.
    const partial = isWhole(told.type);
    if (bad.length === 0 || partial) this.#take(told, good);
    const label = told.type === "Cluster" ? "cluster(s)" : "listener(s)";
    const named = `Error adding/updating ${label} ${bad.map(({ name }) => `${name}: ${told.words}`).join(", ")}`;
    this.#request(told.type, told.nonce, bad.length === 0 ? undefined : partial ? named : told.words);
    this.#ask();
  }

  /** Loses the connection, with all that is unread, and makes a new one. */
  reconnect(): void {
    this.close();
    this.#inbox.length = 0;
    this.#stream = this.#open();
    for (const type of ["Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration"] as const) {
      // Of types that it never wants all of, it says nothing while it wants none (DeltaSubscriptionState::subscriptionUpdatePending).
      const wants = isWhole(type) || (this.#asked.get(type)?.size ?? 0) > 0;
      if (this.#asked.has(type) && wants) this.#start(type);
    }
  }

  close(): void {
    this.#disconnect();
    this.#stream.close();
  }

  #open(): ResourceStream {
    const variant = this.#variant === "delta" ? deltaVariant : sotwVariant;
    const stream = new ResourceStream(
      this.#store.scope(scope),
      {
        tellsRemovals: variant.tellsRemovals,
        send: (response) => {
          this.#inbox.push(this.#decode(Buffer.concat([...variant.encode(response).parts])));
          return true;
        },
      },
      { clock: this.#clock, holdMs: 5000, drainMs: 5000, onChange: () => {}, onReject: () => {}, onFaults: () => {} },
    );
    this.#disconnect = stream.resources.subscribe((changes) => {
      stream.changed(changes);
      stream.pump();
    });
    return stream;
  }

  #decode(bytes: Uint8Array): Told {
    const prefix = this.#variant === "delta" ? "Delta" : "";
    const message = fromBinary(messageType(`envoy.service.discovery.v3.${prefix}DiscoveryResponse`), bytes) as Message & Decoded;
    const type = typeOfUrl.get(message.typeUrl);
    if (type === undefined) throw new Error(message.typeUrl);
    const texts = message.resources.map((entry) =>
      Buffer.from("resource" in entry ? entry.resource.value : entry.value).toString("latin1"),
    );
    const upserts = texts.map((text) => this.#contents.get(`${type}|${text}`) ?? trial(type, text));
    const mistakes = texts
      .filter((text) => text.includes(endOfTrial))
      .map((text) => text.match(/\([^()]*!\)/)?.[0] ?? endOfTrial);
    return { type, nonce: message.nonce, upserts, removed: message.removedResources ?? [], words: mistakes[0] ?? "refused" };
  }

  #take({ type, upserts, removed }: Told, good: readonly XdsResource[]): void {
    const mine = this.#of(type);
    const whole = this.#variant === "sotw" && isWhole(type);
    const gone = whole ? [...mine.keys()].filter((name) => !upserts.some((resource) => resource.name === name)) : removed;
    for (const resource of good) {
      if (!this.#isAsked(type, resource.name)) continue;
      const same = mine.get(resource.name)?.version === resource.version;
      mine.set(resource.name, resource);
      if (type === "Cluster" && !same) this.#warming.add(resource.name);
      if (type === "ClusterLoadAssignment") this.#warmed(resource.name);
    }
    for (const name of gone) {
      // Envoy keeps endpoints and routes that it is told are gone.
      if (isWhole(type)) mine.delete(name);
      if (type === "Cluster") {
        this.warm.delete(name);
        this.#warming.delete(name);
      }
      if (type === "ClusterLoadAssignment") this.#warmed(name);
    }
  }

  #isAsked(type: XdsType, name: string): boolean {
    return isWhole(type) || this.#asked.get(type)?.has(name) === true;
  }

  #warmed(name: string): void {
    if (this.#warming.delete(name)) this.warm.add(name);
  }

  /** Asks for what the clusters and listeners that it has refer to, and no longer for what they do not. */
  #ask(): void {
    this.#want(
      "ClusterLoadAssignment",
      new Set([...this.#of("Cluster").values()].flatMap((each) => namesOf(each, "ClusterLoadAssignment"))),
    );
    if (!this.#asked.has("Listener")) {
      if (this.#warming.size > 0) return;
      this.#start("Listener");
    }
    this.#want(
      "RouteConfiguration",
      new Set([...this.#of("Listener").values()].flatMap((each) => namesOf(each, "RouteConfiguration"))),
    );
  }

  #want(type: XdsType, names: Set<string>): void {
    const before = this.#asked.get(type);
    const added = [...names].filter((name) => !before?.has(name));
    const gone = [...(before ?? [])].filter((name) => !names.has(name));
    if (added.length === 0 && gone.length === 0) return;
    for (const name of gone) this.#of(type).delete(name);
    this.#asked.set(type, names);
    if (before === undefined) this.#start(type);
    else if (this.#variant === "delta") this.#apply(type, { subscribe: added, unsubscribe: gone, initialVersions: new Map() });
    else this.#request(type, this.#nonces.get(type) ?? "", undefined);
  }

  readonly #nonces = new Map<XdsType, string>();

  #start(type: XdsType): void {
    const names = [...(this.#asked.get(type) ?? [])];
    this.#asked.set(type, new Set(names));
    this.#nonces.delete(type);
    const initialVersions = new Map(Object.entries(this.versions(type)));
    this.#apply(type, { subscribe: names, unsubscribe: [], names, initialVersions });
  }

  #request(type: XdsType, nonce: string, error: string | undefined): void {
    this.#nonces.set(type, nonce);
    const answer = nonce === "" ? {} : { answer: { nonce, ...(error === undefined ? {} : { error }) } };
    this.#apply(type, {
      subscribe: [],
      unsubscribe: [],
      initialVersions: new Map(),
      names: [...(this.#asked.get(type) ?? [])],
      ...answer,
    });
  }

  #apply(type: XdsType, request: object): void {
    const full = {
      typeUrl: typeUrls[type],
      subscribe: [],
      unsubscribe: [],
      names: [],
      initialVersions: new Map<string, string>(),
      ...request,
    };
    (this.#variant === "delta" ? deltaVariant : sotwVariant).apply(this.#stream, type, full);
    this.#stream.pump();
  }

  #of(type: XdsType): Map<string, XdsResource> {
    const mine = this.has.get(type) ?? new Map<string, XdsResource>();
    this.has.set(type, mine);
    return mine;
  }
}

const endOfTrial = "end-of-trial";

/** What the server sends only to hear what is said of it. */
function trial(type: XdsType, text: string): XdsResource {
  if (!text.includes(endOfTrial)) throw new Error(`never made: ${type} ${text}`);
  return resource(type, text.slice(0, text.indexOf("@")), "trial!");
}

/** The types of which Envoy wants all that there is. */
function isWhole(type: XdsType): boolean {
  return type === "Cluster" || type === "Listener";
}

function namesOf(resource: XdsResource, type: XdsType): string[] {
  return [...resource.references].filter((reference) => reference.type === type).map(({ name }) => name);
}
