import type { Key } from "./collection.ts";
import { compareKeys } from "./key-order.ts";

/** Up to this many members the arrays are made anew for every change: an array that grows keeps room for 16 more. */
const tinySize = 16;

/** Up to this many members every change goes straight into the arrays; above it, changes wait for the next read. */
const smallSize = 64;

/**
 * Members ordered by key. A read gives an array that never changes afterwards (copied before the next change, once, however many
 * changes follow), a change costs a binary search, and many changes between two reads are merged in one go.
 */
export class SortedMembers<T> {
  #keys: Key[] = [];
  #values: T[] = [];
  /** The values array was handed out and must not be touched any more. */
  #shared = false;
  #waiting: Map<Key, T | undefined> | undefined;
  #size = 0;

  /** How many members there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a member that is not there yet. */
  add(key: Key, value: T): void {
    this.#size++;
    this.#put(key, value);
  }

  /** Gives a present member a new value. */
  replace(key: Key, value: T): void {
    this.#put(key, value);
  }

  /** Removes a present member. */
  remove(key: Key): void {
    this.#size--;
    this.#put(key, undefined);
  }

  /** The values in the order of their keys. The array stays as it is. */
  values(): readonly T[] {
    this.#merge();
    this.#shared = true;
    return this.#values;
  }

  /** The keys in order. Valid until the next change. */
  keys(): readonly Key[] {
    this.#merge();
    return this.#keys;
  }

  #put(key: Key, value: T | undefined): void {
    if (this.#waiting !== undefined) this.#waiting.set(key, value);
    else if (this.#keys.length > smallSize) this.#waiting = new Map([[key, value]]);
    else this.#apply(key, value);
  }

  #apply(key: Key, value: T | undefined): void {
    if (this.#keys.length <= tinySize) this.#remake(key, value);
    else this.#change(key, value);
  }

  #remake(key: Key, value: T | undefined): void {
    const at = this.#position(key);
    const present = this.#keys[at] === key;
    if (value === undefined && !present) return;
    if (value === undefined || !present)
      this.#keys = this.#keys.toSpliced(at, present ? 1 : 0, ...(value === undefined ? [] : [key]));
    this.#values = this.#values.toSpliced(at, present ? 1 : 0, ...(value === undefined ? [] : [value]));
    this.#shared = false;
  }

  #change(key: Key, value: T | undefined): void {
    if (this.#shared) {
      this.#values = this.#values.slice();
      this.#shared = false;
    }
    const at = this.#position(key);
    const present = this.#keys[at] === key;
    if (value === undefined) {
      if (!present) return;
      this.#keys.splice(at, 1);
      this.#values.splice(at, 1);
    } else if (present) {
      this.#values[at] = value;
    } else {
      this.#keys.splice(at, 0, key);
      this.#values.splice(at, 0, value);
    }
  }

  /** Where `key` is or would be. */
  #position(key: Key): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#keys[middle];
      if (there !== undefined && there < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #merge(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    // A single insertion moves half of the array on average; a merge moves all of it, once.
    if (waiting.size <= 8) {
      for (const [key, value] of waiting) this.#apply(key, value);
      return;
    }
    const changes = [...waiting].sort((a, b) => compareKeys(a[0], b[0]));
    const keys: Key[] = [];
    const values: T[] = [];
    let at = 0;
    const copyUpTo = (end: number): void => {
      for (; at < end; at++) {
        const key = this.#keys[at];
        const value = this.#values[at];
        if (key === undefined || value === undefined) continue;
        keys.push(key);
        values.push(value);
      }
    };
    for (const [key, value] of changes) {
      copyUpTo(this.#position(key));
      if (this.#keys[at] === key) at++;
      if (value === undefined) continue;
      keys.push(key);
      values.push(value);
    }
    copyUpTo(this.#keys.length);
    this.#keys = keys;
    this.#values = values;
    this.#shared = false;
  }
}
