/** How requests change what a stream has to send: the subscription rules of the xDS protocol, for both variants. */
import { grpcStatus, RpcError } from "./grpc-status.ts";
import { unknownContent } from "./known-version.ts";
import type { ScopeResources } from "./store.ts";
import { wildcardName } from "./subscription.ts";
import type { TypeState } from "./type-state.ts";

/** The most names that one stream may ask for per type: bounds what a client can make the server remember. */
const maxNames = 200_000;

/**
 * The first request for a type. Without names it asks for everything (the protocol's legacy wildcard).
 * @param initialVersions name → version of what the client has from before
 */
export function startInterest(
  state: TypeState,
  resources: ScopeResources,
  names: readonly string[],
  initialVersions: ReadonlyMap<string, string>,
): void {
  for (const name of names.length === 0 ? [wildcardName] : names) state.subscription.add(name);
  checkSize(state, initialVersions.size);
  for (const [name, version] of initialVersions) {
    if (!state.subscription.has(name)) continue;
    const stored = resources.get(state.type, name);
    state.accepted.set(name, stored?.version === version ? stored : unknownContent(version));
    if (stored?.version !== version) state.mark(name);
  }
  const wanted = state.subscription.wildcard ? [...names, ...resources.all(state.type).keys()] : names;
  for (const name of wanted) {
    if (name === wildcardName || state.accepted.has(name)) continue;
    state.mark(name, state.subscription.names(name));
  }
}

/**
 * The client asks for more. A name is sent even when the client should have it, because it may have forgotten it; of a name that
 * does not exist, the client is told so.
 */
export function addInterest(state: TypeState, resources: ScopeResources, names: readonly string[]): void {
  for (const name of names) {
    state.subscription.add(name);
    if (name !== wildcardName) state.mark(name, true);
    else for (const each of resources.all(state.type).keys()) state.mark(each);
  }
  checkSize(state, 0);
}

/** The client no longer wants these. Where a wildcard still covers a name, the client is sent its state again, as the protocol asks. */
export function dropInterest(state: TypeState, names: readonly string[]): void {
  for (const name of names) {
    state.subscription.remove(name);
    if (name === wildcardName) forgetUnwanted(state);
    else if (state.subscription.wildcard) state.mark(name, true);
    else state.forget(name);
  }
}

function forgetUnwanted(state: TypeState): void {
  for (const name of [...state.accepted.keys(), ...state.dirty, ...state.rejected.keys()]) {
    if (!state.subscription.has(name)) state.forget(name);
  }
}

function checkSize(state: TypeState, more: number): void {
  if (state.subscription.size + more > maxNames) {
    throw new RpcError(grpcStatus.resourceExhausted, `more than ${maxNames} names of one type`);
  }
}
