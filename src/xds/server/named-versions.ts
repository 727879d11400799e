import type { ResourceReference, XdsType } from "../resource.ts";
import { entryOf } from "./map-entry.ts";
import type { KnownVersion } from "./store.ts";

/** A version under its name. */
export interface NamedVersion {
  readonly name: string;
  readonly version: KnownVersion;
}

/** Up to how many searches asking all is cheaper than an index. */
const fewSearches = 64;

/** Stands in an index for every name: the content of the version is not known. */
const anyName = "*";

/**
 * Versions of resources of one type by name. Who of them refers to a resource is found without looking through them, because most
 * refer to nothing but a resource of their own name, as a cluster to its endpoints, and of others that refer to little it is noted as
 * they come and go. Those that refer to much, as a route table, are asked.
 */
export class NamedVersions extends Map<string, KnownVersion> {
  /** Who refers to a resource of another name: `referenceKey` → names. */
  readonly #noted = new Map<string, Set<string>>();
  /** Those that may refer to more than is noted. */
  readonly #others = new Set<string>();
  /** Counts the changes. */
  revision = 0;
  /** Searches among them since they last changed. */
  #searches = 0;
  /** For many searches, by what is referred to: who of them does. */
  readonly #indexes = new Map<XdsType, Map<string, string[]>>();

  override set(name: string, version: KnownVersion): this {
    const before = this.get(name);
    if (before === version) return this;
    if (before !== undefined) this.#forget(name, before);
    this.#note(name, version);
    return super.set(name, version);
  }

  override delete(name: string): boolean {
    const before = this.get(name);
    if (before !== undefined) this.#forget(name, before);
    return super.delete(name);
  }

  override clear(): void {
    for (const [name, version] of this) this.#forget(name, version);
    super.clear();
  }

  /**
   * One that refers to a resource; undefined when there is none.
   * @param certain whether it must be known to do so, where else nobody may know
   */
  referrerOf(type: XdsType, target: string, certain: boolean): NamedVersion | undefined {
    const noted = this.#noted.get(referenceKey(type, target)) ?? [];
    for (const names of [[target], noted, ...this.#othersFor(type, target, certain)]) {
      for (const name of names) {
        const version = this.get(name);
        if (version !== undefined && (version.refersTo(type, target) ?? !certain)) return { name, version };
      }
    }
    return undefined;
  }

  /** Those to be asked. */
  #othersFor(type: XdsType, target: string, certain: boolean): readonly Iterable<string>[] {
    if (++this.#searches <= fewSearches) return [this.#others];
    const index = entryOf(this.#indexes, type, () => this.#indexOthers(type));
    return [index.get(target) ?? [], certain ? [] : (index.get(anyName) ?? [])];
  }

  #indexOthers(type: XdsType): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const name of this.#others)
      for (const target of this.get(name)?.references(type) ?? [anyName]) entryOf(index, target, (): string[] => []).push(name);
    return index;
  }

  #note(name: string, { fewReferences }: KnownVersion): void {
    this.revision++;
    if (fewReferences === undefined) {
      this.#others.add(name);
      this.#othersChanged();
      return;
    }
    for (const key of notedKeys(name, fewReferences)) entryOf(this.#noted, key, () => new Set<string>()).add(name);
  }

  #forget(name: string, { fewReferences }: KnownVersion): void {
    this.revision++;
    if (fewReferences === undefined) {
      this.#others.delete(name);
      this.#othersChanged();
      return;
    }
    for (const key of notedKeys(name, fewReferences)) {
      const names = this.#noted.get(key);
      names?.delete(name);
      if (names?.size === 0) this.#noted.delete(key);
    }
  }

  #othersChanged(): void {
    this.#searches = 0;
    this.#indexes.clear();
  }
}

/** Under what it is noted that a version of `name` refers to these: to all but what has its own name. */
function notedKeys(name: string, references: readonly ResourceReference[]): readonly string[] {
  return references.filter((each) => each.name !== name).map((each) => referenceKey(each.type, each.name));
}

function referenceKey(type: XdsType, name: string): string {
  return `${type} ${name}`;
}
