/** What a client has, where it is not simply a resource of the store. */
import type { FilterNeeds, NeededFilter, ResourceReference, XdsType } from "../resource.ts";
import type { KnownVersion, StoredResource } from "./store.ts";

/** A version that an earlier process sent: its content is not known here. */
export function unknownContent(version: string): KnownVersion {
  const unknown = () => undefined;
  return {
    version,
    stored: undefined,
    references: unknown,
    refersTo: unknown,
    fewReferences: undefined,
    filters: "any",
    offers: unknown,
  };
}

/** The client refused a response that carried `sent`, but not for its sake: it may have taken it, or still have `present`. */
export function maybeTaken(present: KnownVersion | undefined, sent: StoredResource): KnownVersion {
  const isOpen = present instanceof Uncertain && present.sent.length > 0;
  return isOpen ? new Uncertain(present.before, [...present.sent, sent]) : new Uncertain(present, [sent]);
}

/** The client refused this very version: it has what it had; undefined when that is nothing. */
export function notTaken(present: KnownVersion | undefined, version: string): KnownVersion | undefined {
  if (!(present instanceof Uncertain) || present.sent.length === 0) return present;
  const sent = present.sent.filter((candidate) => candidate.version !== version);
  return sent.length > 0 ? new Uncertain(present.before, sent) : present.before;
}

/** The client was told that the resource is gone, but may go on using it: Envoy keeps the routes of a listener that it has. */
export function maybeKept(present: KnownVersion): KnownVersion {
  return present instanceof Uncertain ? present : new Uncertain(present, []);
}

class Uncertain implements KnownVersion {
  readonly version = "";
  /** What the client surely had last. */
  readonly before: KnownVersion | undefined;
  /** What it may have taken since. */
  readonly sent: readonly StoredResource[];

  constructor(before: KnownVersion | undefined, sent: readonly StoredResource[]) {
    this.before = before;
    this.sent = sent;
  }

  get stored(): StoredResource | undefined {
    return this.before?.stored;
  }

  get fewReferences(): readonly ResourceReference[] | undefined {
    const all: ResourceReference[] = [];
    for (const { fewReferences } of this.#candidates()) {
      if (fewReferences === undefined) return undefined;
      all.push(...fewReferences);
    }
    return all;
  }

  get filters(): FilterNeeds {
    const all = new Map<string, NeededFilter>();
    for (const { filters } of this.#candidates()) {
      if (filters === "any") return "any";
      for (const [name, filter] of filters) all.set(name, filter);
    }
    return all;
  }

  /** Those that all have which it may be. */
  offers(routes: string): ReadonlySet<string> | undefined {
    const [first, ...others] = this.#candidates().map((candidate) => candidate.offers(routes));
    return others.reduce((common, offered) => offered && common?.intersection(offered), first);
  }

  references(type: XdsType): ReadonlySet<string> | undefined {
    const all = new Set<string>();
    for (const candidate of this.#candidates()) {
      const names = candidate.references(type);
      if (names === undefined) return undefined;
      for (const name of names) all.add(name);
    }
    return all;
  }

  refersTo(type: XdsType, name: string): boolean | undefined {
    return this.references(type)?.has(name);
  }

  #candidates(): readonly KnownVersion[] {
    return this.before === undefined ? this.sent : [this.before, ...this.sent];
  }
}
