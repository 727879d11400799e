import type { XdsType } from "../resource.ts";
import { entryOf } from "./map-entry.ts";
import type { KnownVersion } from "./store.ts";

/**
 * Versions of resources of one type by name. Who of them refers to a resource is found without looking through them, because most
 * refer to nothing but a resource of their own name, as a cluster to its endpoints, and of the others it is noted as they come and go.
 */
export class NamedVersions extends Map<string, KnownVersion> {
  /** Who refers to a resource of another name: `referenceKey` → names. */
  readonly #noted = new Map<string, Set<string>>();
  /** Those that may refer to more than is noted: they are asked. */
  readonly #others = new Set<string>();
  /** Counts the changes. */
  revision = 0;

  override set(name: string, version: KnownVersion): this {
    const before = this.get(name);
    if (before === version) return this;
    this.revision++;
    if (before !== undefined) this.#forget(name, before);
    this.#note(name, version);
    return super.set(name, version);
  }

  override delete(name: string): boolean {
    const before = this.get(name);
    if (before === undefined) return false;
    this.revision++;
    this.#forget(name, before);
    return super.delete(name);
  }

  override clear(): void {
    this.revision++;
    this.#noted.clear();
    this.#others.clear();
    super.clear();
  }

  /** Those that refer to a resource, or of which nobody knows whether they do. */
  *referrersOf(type: XdsType, target: string): Generator<readonly [name: string, version: KnownVersion]> {
    const noted = this.#noted.get(referenceKey(type, target)) ?? [];
    for (const names of [[target], noted, this.#others]) {
      for (const name of names) {
        const version = this.get(name);
        if (version !== undefined && version.refersTo(type, target) !== false) yield [name, version];
      }
    }
  }

  #note(name: string, { fewReferences }: KnownVersion): void {
    if (fewReferences === undefined) this.#others.add(name);
    for (const reference of fewReferences ?? []) {
      if (reference.name === name) continue;
      entryOf(this.#noted, referenceKey(reference.type, reference.name), () => new Set<string>()).add(name);
    }
  }

  #forget(name: string, { fewReferences }: KnownVersion): void {
    if (fewReferences === undefined) this.#others.delete(name);
    for (const reference of fewReferences ?? []) {
      if (reference.name === name) continue;
      const key = referenceKey(reference.type, reference.name);
      const names = this.#noted.get(key);
      names?.delete(name);
      if (names?.size === 0) this.#noted.delete(key);
    }
  }
}

function referenceKey(type: XdsType, name: string): string {
  return `${type} ${name}`;
}
