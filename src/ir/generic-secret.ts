/** Secrets other than certificates: what filters prove something with, or add to requests. Proxies ask for them by name (SDS). */
import type { ObjectRef, ScopeKey } from "./reference.ts";
import { type Parts, slot } from "./slot.ts";

/** That a rule or a cluster needs an entry of a Secret. */
export interface SecretNeed {
  /** The name by which proxies ask for it. */
  readonly name: string;
  /** Key of the Secret: `<namespace>/<name>`. */
  readonly secret: string;
  /** The key among its data. */
  readonly entry: string;
}

/** The needs of a rule or of a cluster, those of all features. */
export const secretNeedsSlot = slot<readonly SecretNeed[]>("secrets");

/** `parts` with one more need. */
export function withSecretNeed(parts: Parts, need: SecretNeed): Parts {
  return secretNeedsSlot.set(parts, [...(secretNeedsSlot.of(parts) ?? []), need]);
}

/** A secret as the proxies of one scope need it. Key: `scope|name`. Never written to logs, errors or dumps. */
export interface GenericSecret {
  readonly scope: ScopeKey;
  readonly name: string;
  /** The Secret that it comes from. */
  readonly source: ObjectRef;
  /** Base64. */
  readonly value: string;
}
