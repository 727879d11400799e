/** What a client wants of one type (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return). */

/** The name that stands for all resources of a type. */
export const wildcardName = "*";

/** What a client wants of one type: names, all of them, or both. */
export class Subscription {
  wildcard = false;
  readonly #names = new Set<string>();

  /** Whether the client wants the resource of that name. */
  has(name: string): boolean {
    return this.wildcard || this.#names.has(name);
  }

  /** Whether the client asked for that very name. */
  names(name: string): boolean {
    return this.#names.has(name);
  }

  /** How many names the client asked for, not counting the wildcard. */
  get size(): number {
    return this.#names.size;
  }

  add(name: string): void {
    if (name === wildcardName) this.wildcard = true;
    else this.#names.add(name);
  }

  remove(name: string): void {
    if (name === wildcardName) this.wildcard = false;
    else this.#names.delete(name);
  }

  /** The names that stand in `wanted` but not here, and the other way round; the wildcard is one of the names. */
  differences(wanted: readonly string[]): { readonly added: string[]; readonly gone: string[] } {
    const target = new Set(wanted);
    const has = (name: string) => (name === wildcardName ? this.wildcard : this.#names.has(name));
    const present = this.wildcard ? [wildcardName, ...this.#names] : [...this.#names];
    return { added: [...target].filter((name) => !has(name)), gone: present.filter((name) => !target.has(name)) };
  }
}
