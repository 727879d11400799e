/** The two variants of the xDS transport protocol: how requests act on a stream, and how responses look. */
import type { XdsType } from "../resource.ts";
import {
  type DeltaRequest,
  decodeDeltaRequest,
  decodeSotwRequest,
  type NodeIdentity,
  type SotwRequest,
} from "./discovery-request.ts";
import { deltaResponse, sotwResponse } from "./discovery-response.ts";
import type { OutgoingMessage } from "./grpc-frames.ts";
import type { ResourceStream, Response } from "./resource-stream.ts";
import type { KnownVersion, StoredResource } from "./store.ts";
import { wildcardName } from "./subscription.ts";

/** What every request says, whatever its variant. */
export interface RequestHeader {
  readonly node?: NodeIdentity;
  readonly typeUrl: string;
}

/** One variant. `R` is its decoded request. */
export interface Variant<R extends RequestHeader = RequestHeader> {
  readonly name: "delta" | "sotw";
  /** Throws MalformedMessage. */
  decode(message: Uint8Array): R;
  /** Lets a request for `type` act on the stream. */
  apply(stream: ResourceStream, type: XdsType, request: R): void;
  /** Whether responses can say that resources of the type are gone. */
  tellsRemovals(type: XdsType): boolean;
  /** The response as it is now, to be encoded while it is sent. */
  encode(response: Response): OutgoingMessage;
}

const noVersions: ReadonlyMap<string, string> = new Map();

/** Incremental xDS: only what changed travels (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds). */
export const deltaVariant: Variant<DeltaRequest> = {
  name: "delta",
  decode: decodeDeltaRequest,
  apply(stream, type, { subscribe, unsubscribe, initialVersions, answer }) {
    const state = stream.types.get(type);
    if (state === undefined) {
      stream.start(type, subscribe, initialVersions);
      return;
    }
    if (answer !== undefined) stream.answer(state, answer);
    stream.change(state, subscribe, unsubscribe);
  },
  tellsRemovals: () => true,
  encode({ state, upserts, removed, version, nonce }) {
    const resources = upserts.map(({ resource }) => resource);
    return deltaResponse(state.type, resources, removed, version, nonce);
  },
};

/** State of the world: each response holds every listener or cluster, or the other resources that changed. */
export const sotwVariant: Variant<SotwRequest> = {
  name: "sotw",
  decode: decodeSotwRequest,
  apply(stream, type, { names, answer }) {
    const state = stream.types.get(type);
    if (state === undefined) {
      stream.start(type, names, noVersions);
      return;
    }
    if ((answer?.nonce ?? "") !== state.lastNonce) {
      // It crossed a newer response: the client will speak again when it has that. What it does not name here, it forgets, even when
      // it names it again then.
      for (const name of state.subscription.differences(names).gone) if (name !== wildcardName) state.mark(name, true);
      return;
    }
    if (answer !== undefined) stream.answer(state, answer);
    // Without names, a client that never named any goes on asking for all; one that did wants none any more.
    const legacyWildcard = names.length === 0 && state.subscription.size === 0 && state.subscription.wildcard;
    const { added, gone } = state.subscription.differences(legacyWildcard ? [wildcardName] : names);
    stream.change(state, added, gone);
  },
  tellsRemovals: isWhole,
  encode({ state, upserts, removed, version, nonce }) {
    const resources = isWhole(state.type) ? afterBatch(state.accepted.values(), upserts, removed) : upserts;
    return sotwResponse(
      state.type,
      Array.from(resources, ({ resource }) => resource),
      version,
      nonce,
    );
  },
};

/** The types of which a SotW response is complete, so that what is missing in it is gone. */
function isWhole(type: XdsType): boolean {
  return type === "Listener" || type === "Cluster";
}

function afterBatch(
  present: Iterable<KnownVersion>,
  upserts: readonly StoredResource[],
  removed: readonly string[],
): Iterable<StoredResource> {
  const after = new Map<string, StoredResource>();
  for (const { stored } of present) if (stored !== undefined) after.set(stored.name, stored);
  for (const resource of upserts) after.set(resource.name, resource);
  for (const name of removed) after.delete(name);
  return after.values();
}
