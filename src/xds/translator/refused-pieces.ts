/** Pieces of resources that a proxy refused though our own checks let them pass. */
import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Collection, Context } from "../../graph/index.ts";
import type { ObjectRef, ScopeKey } from "../../ir/reference.ts";
import type { FilterChainPiece } from "../resource.ts";

/** That a proxy refused a piece. */
export interface Refusal {
  /** What it said. */
  readonly message: string;
  /** Of a filter chain: the version of it that the proxy has. */
  readonly present?: FilterChainPiece;
}

/** The refusal of a piece, by its digest; undefined where no proxy refused it. */
export type RefusalOf = (version: string) => Refusal | undefined;

/** The refusals of a scope, out of those of all: see `refusalKey`. */
export function refusalsIn(context: Context, refusals: Collection<Refusal>, scope: ScopeKey): RefusalOf {
  return (version) => context.get(refusals, refusalKey(scope, version));
}

/** For translations that no proxy has seen. */
export const neverRefused: RefusalOf = () => undefined;

/** Key of what the proxies of a scope said of a piece. */
export function refusalKey(scope: ScopeKey, version: string): string {
  return `${scope}|${version}`;
}

/** What a proxy refused, as a problem of the object that it came from. `instead` says what became of it: `answered with 500`. */
export function refusedByProxy(object: ObjectRef, what: string, words: string, instead: string): ObjectProblem {
  const message = `Envoy refused ${what}, which is ${instead}: ${inBrief(words)}`;
  return { object, reason: reasonAt(object), message, byProxies: true };
}

/** The reason that the status of an object has for what Envoy refuses of it. */
export function reasonAt({ kind }: ObjectRef): string {
  return kind === "Gateway" || kind === "ListenerSet" ? "Invalid" : "UnsupportedValue";
}

/** Envoy's words without what it puts before them, a resource's name or dump, and no longer than people read. */
export function inBrief(words: string): string {
  const at = words.indexOf("Proto constraint validation failed");
  const told = (at < 0 ? words.replace(preamble, "") : words.slice(at)).trim();
  return told.length <= mostCharacters ? told : `${told.slice(0, mostCharacters)}…`;
}

const preamble = /^Error adding\/updating (?:cluster|listener)\(s\) \S+: /;

const mostCharacters = 1000;
