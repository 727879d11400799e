/** What the proxies of every scope should have: the newest version of each resource, encoded. */
import type { ScopeKey } from "../../ir/reference.ts";
import type { FilterNeeds, NeededFilter, ResourceReference, XdsResource, XdsType } from "../resource.ts";
import { entryOf } from "./map-entry.ts";

/** One change of the store: the new resource, or undefined where it is gone. */
export interface ResourceChange {
  readonly scope: ScopeKey;
  readonly type: XdsType;
  readonly name: string;
  readonly resource: XdsResource | undefined;
}

/** What is known of the version of a resource that a client has; see known-version.ts for what is not a stored resource. */
export interface KnownVersion {
  /** Empty when it is not certain: then it equals no version. */
  readonly version: string;
  /** The resource itself, or the last one that the client surely had; undefined when only the version is known. */
  readonly stored: StoredResource | undefined;
  /** The names of `type` that it may refer to; undefined when that can be any. */
  references(type: XdsType): ReadonlySet<string> | undefined;
  /** Whether it may refer to that name of `type`; undefined when nobody knows. */
  refersTo(type: XdsType, name: string): boolean | undefined;
  /** All that it may refer to, where that is little and known. */
  readonly fewReferences: readonly ResourceReference[] | undefined;
  /** Of a RouteConfiguration: the HTTP filters that its routes may need on their listener. */
  readonly filters: FilterNeeds;
  /** Of a Listener: the HTTP filters that it has for these routes whatever it is; undefined when nobody knows. */
  offers(routes: string): ReadonlySet<string> | undefined;
}

/** The names of a scope that one `apply` changed, per type. */
export type ChangedNames = ReadonlyMap<XdsType, ReadonlySet<string>>;

/** Read access to one scope, as streams use it. */
export interface ScopeResources {
  get(type: XdsType, name: string): StoredResource | undefined;
  all(type: XdsType): ReadonlyMap<string, StoredResource>;
  /** The number of the last `apply` that changed this scope. */
  readonly version: number;
  /** The same for one type of it. */
  versionOf(type: XdsType): number;
  /** Calls `listener` after every `apply` that changed the scope; the returned function ends that. */
  subscribe(listener: (changed: ChangedNames) => void): () => void;
}

/** The store. */
export interface XdsStore {
  /** Takes all changes as one version: no stream sees a part of them. A resource whose version did not change is skipped. */
  apply(changes: Iterable<ResourceChange>): void;
  /** The resources of one scope; an unknown scope is an empty one. */
  scope(scope: ScopeKey): ScopeResources;
}

const noNames: ReadonlySet<string> = new Set();

/** So few references are not worth a set that stays: there are as many clusters as routes. */
const fewReferences = 4;

/** So few names are asked for one by one: to go through the references of a route table takes as long as there are routes. */
const fewNames = 200;

/** One version of a resource. Large reference sets are made on first use and shared by all streams. */
export class StoredResource implements KnownVersion {
  readonly resource: XdsResource;
  #references: Map<XdsType, Set<string>> | undefined;
  #filters: ReadonlyMap<string, NeededFilter> | undefined;

  constructor(resource: XdsResource) {
    this.resource = resource;
  }

  get name(): string {
    return this.resource.name;
  }

  get version(): string {
    return this.resource.version;
  }

  get stored(): StoredResource {
    return this;
  }

  get filters(): ReadonlyMap<string, NeededFilter> {
    this.#filters ??= new Map(Array.from(this.resource.filters ?? [], (filter) => [filter.name, filter]));
    return this.#filters;
  }

  get fewReferences(): readonly ResourceReference[] | undefined {
    const { references } = this.resource;
    return isShort(references) ? references : undefined;
  }

  offers(routes: string): ReadonlySet<string> | undefined {
    return this.resource.entrances?.filters.get(routes);
  }

  /** The names of `type` that this resource refers to. */
  references(type: XdsType): ReadonlySet<string> {
    const { references } = this.resource;
    if (isShort(references)) return namesOf(references, type);
    this.#references ??= groupReferences(this.resource);
    return this.#references.get(type) ?? noNames;
  }

  refersTo(type: XdsType, name: string): boolean {
    const { references } = this.resource;
    if (references.has !== undefined) return references.has(type, name);
    if (!isShort(references)) return this.references(type).has(name);
    return references.some((reference) => reference.name === name && reference.type === type);
  }

  /** Those of some names of `type` that this resource refers to. */
  referencesAmong(type: XdsType, names: ReadonlyMap<string, unknown>): Iterable<string> {
    const { references } = this.resource;
    if (references.has !== undefined && names.size <= fewNames) return names.keys().filter((name) => this.refersTo(type, name));
    return Iterator.from(references)
      .filter((reference) => reference.type === type && names.has(reference.name))
      .map(({ name }) => name);
  }
}

/** Makes an empty store. */
export function createXdsStore(): XdsStore {
  const scopes = new Map<ScopeKey, Scope>();
  const scopeOf = (key: ScopeKey): Scope => {
    let scope = scopes.get(key);
    if (scope === undefined) {
      const made = new Scope(() => {
        if (scopes.get(key) === made) scopes.delete(key);
      });
      scopes.set(key, made);
      scope = made;
    }
    return scope;
  };
  return {
    apply(changes) {
      const touched = new Set<Scope>();
      for (const change of changes) {
        const scope = scopeOf(change.scope);
        scope.put(change);
        touched.add(scope);
      }
      for (const scope of touched) scope.publish();
    },
    scope: scopeOf,
  };
}

class Scope implements ScopeResources {
  readonly #types = new Map<XdsType, Map<string, StoredResource>>();
  readonly #listeners = new Set<(changed: ChangedNames) => void>();
  readonly #release: () => void;
  readonly #versions = new Map<XdsType, number>();
  #changed = new Map<XdsType, Set<string>>();
  version = 0;

  /** @param release called when the scope holds nothing and nobody listens any more */
  constructor(release: () => void) {
    this.#release = release;
  }

  get(type: XdsType, name: string): StoredResource | undefined {
    return this.#types.get(type)?.get(name);
  }

  all(type: XdsType): ReadonlyMap<string, StoredResource> {
    return this.#ofType(type);
  }

  versionOf(type: XdsType): number {
    return this.#versions.get(type) ?? 0;
  }

  subscribe(listener: (changed: ChangedNames) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      this.#releaseWhenUnused();
    };
  }

  put({ type, name, resource }: ResourceChange): void {
    const resources = this.#ofType(type);
    if (resources.get(name)?.version === resource?.version) return;
    if (resource === undefined) resources.delete(name);
    else resources.set(name, new StoredResource(resource));
    entryOf(this.#changed, type, () => new Set<string>()).add(name);
  }

  publish(): void {
    const changed = this.#changed;
    if (changed.size > 0) {
      this.#changed = new Map();
      this.version++;
      for (const type of changed.keys()) this.#versions.set(type, this.version);
      for (const listener of [...this.#listeners]) listener(changed);
    }
    this.#releaseWhenUnused();
  }

  #ofType(type: XdsType): Map<string, StoredResource> {
    return entryOf(this.#types, type, () => new Map<string, StoredResource>());
  }

  #releaseWhenUnused(): void {
    if (this.#listeners.size > 0) return;
    for (const resources of this.#types.values()) if (resources.size > 0) return;
    this.#release();
  }
}

function isShort(references: Iterable<ResourceReference>): references is readonly ResourceReference[] {
  return Array.isArray(references) && references.length <= fewReferences;
}

function namesOf(references: readonly ResourceReference[], type: XdsType): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (const reference of references) if (reference.type === type) names = (names ?? new Set()).add(reference.name);
  return names ?? noNames;
}

function groupReferences(resource: XdsResource): Map<XdsType, Set<string>> {
  const groups = new Map<XdsType, Set<string>>();
  for (const { type, name } of resource.references) {
    entryOf(groups, type, () => new Set<string>()).add(name);
  }
  return groups;
}
