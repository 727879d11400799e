import type { ObjectRef, ScopeKey } from "../ir/reference.ts";

/**
 * A user's mistake, as a value: it ends in the status of `object`. Never thrown.
 * `reason` is a condition reason of the Gateway API or of Envoy Gateway; `message` says what is wrong and what to do about it.
 */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

/** What a stage after gatewayapi (encoding, a proxy) found wrong with an object. Key: `<Kind>/<namespace>/<name>/<discriminator>`. */
export interface ObjectProblem extends Problem {
  readonly object: ObjectRef;
  /** The position of the rule that it is about, where it is about one rule of a route. */
  readonly rule?: number;
  /** The fleet whose proxies found it, where the object may be that of several. */
  readonly scope?: ScopeKey;
  /** Proxies found it: other replicas of the control plane may not know. */
  readonly byProxies?: true;
}

/** A problem of a listener, and the condition that tells it. */
export interface ListenerProblem extends Problem {
  readonly condition: "Accepted" | "ResolvedRefs" | "Programmed";
}

/** A problem of a rule of a route, and the condition that tells it. */
export interface RuleProblem extends Problem {
  readonly condition: "Accepted" | "ResolvedRefs" | "BackendsAvailable";
}
