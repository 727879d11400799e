/**
 * Structural equality of plain values: primitives, arrays, plain objects, Uint8Array, Map and Set. Instances of other classes
 * are equal only to themselves. Objects with the same members in another order are different: they would be encoded
 * differently, and a change that stops here must not show in any output.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const prototype: unknown = Object.getPrototypeOf(a);
  if (prototype !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalArrays(a, b);
  if (prototype === Object.prototype || prototype === null) return equalMembers(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (a instanceof Map) return b instanceof Map && a.size === b.size && equalArrays([...a], [...b]);
  if (a instanceof Set) return b instanceof Set && a.size === b.size && equalArrays([...a], [...b]);
  return false;
}

/** Whether two byte arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function equalArrays(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
  return true;
}

function equalMembers(a: object, b: object): boolean {
  const names = Object.keys(a);
  const others = Object.keys(b);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === undefined || name !== others[i]) return false;
    if (!deepEqual(Reflect.get(a, name), Reflect.get(b, name))) return false;
  }
  return true;
}
