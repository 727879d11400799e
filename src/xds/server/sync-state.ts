/** A view of every stream for people: what each proxy has, what is on the way, what waits and why. */
import type { ScopeKey } from "../../ir/reference.ts";
import type { XdsType } from "../resource.ts";
import type { ConnectedProxy } from "./connected-proxy.ts";
import type { HeldResource } from "./selection.ts";
import { standingRejections } from "./sync-report.ts";

/** One stream of one proxy. */
export interface ProxySyncState {
  readonly node: string;
  readonly scope: ScopeKey;
  readonly variant: "delta" | "sotw";
  /** The number of the newest version of the scope. */
  readonly version: number;
  readonly types: readonly TypeSyncState[];
}

/** One type on one stream. */
export interface TypeSyncState {
  readonly type: XdsType;
  readonly wildcard: boolean;
  /** How many names the proxy asked for, besides the wildcard. */
  readonly subscribed: number;
  /** How many resources the proxy accepted and still has. */
  readonly accepted: number;
  /** The nonce of the last response. */
  readonly lastNonce: string;
  /** The names in the response that is not answered yet. */
  readonly inFlight: readonly string[];
  /** What is still to be sent or removed, counting what is held. */
  readonly waiting: number;
  readonly held: readonly HeldResource[];
  readonly rejected: readonly { readonly name: string; readonly message: string }[];
}

/** Describes one stream. */
export function describeProxy({ node, scope, variant, stream }: ConnectedProxy): ProxySyncState {
  const types = Array.from(stream.types.values(), (state): TypeSyncState => {
    const { type, subscription, accepted, lastNonce, inFlight, dirty } = state;
    return {
      type,
      wildcard: subscription.wildcard,
      subscribed: subscription.size,
      accepted: accepted.size,
      lastNonce,
      inFlight: [...(inFlight?.upserts.map(({ name }) => name) ?? []), ...(inFlight?.removed ?? [])],
      waiting: dirty.size,
      held: stream.held(type),
      rejected: Array.from(standingRejections(stream, state), ([name, { message }]) => ({ name, message })),
    };
  });
  return { node: node.id, scope, variant, version: stream.resources.version, types };
}
