/**
 * Freezes plain objects and arrays all the way down, and returns the value. Byte arrays, maps, sets and class instances are left
 * as they are. What is frozen already is taken to be frozen below as well.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
