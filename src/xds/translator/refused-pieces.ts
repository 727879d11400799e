/** Pieces of resources that a proxy refused though our own checks let them pass. */
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { ObjectRef, ScopeKey } from "../../ir/reference.ts";

/** What a proxy said when it refused a piece, by the digest of the piece; undefined where none did. */
export type RefusalOf = (version: string) => string | undefined;

/** For translations that no proxy has seen. */
export const neverRefused: RefusalOf = () => undefined;

/** Key of what the proxies of a scope said of a piece. */
export function refusalKey(scope: ScopeKey, version: string): string {
  return `${scope}|${version}`;
}

/** What a proxy refused, as a problem of the object that it came from. `instead` says what became of it: `answered with 500`. */
export function refusedByProxy(object: ObjectRef, what: string, words: string, instead: string): ObjectProblem {
  const message = `Envoy refused ${what}, which is ${instead}: ${inBrief(words)}`;
  return { object, reason: "UnsupportedValue", message };
}

/** Envoy's words without the dump of the whole resource that it puts before some of them, and no longer than people read. */
export function inBrief(words: string): string {
  const at = words.indexOf("Proto constraint validation failed");
  const told = (at < 0 ? words : words.slice(at)).trim();
  return told.length <= mostCharacters ? told : `${told.slice(0, mostCharacters)}…`;
}

const mostCharacters = 1000;
