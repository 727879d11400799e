import type { ScopeKey } from "../../ir/reference.ts";
import type { NodeIdentity } from "./discovery-request.ts";
import type { ResourceStream } from "./resource-stream.ts";

/** One stream of a proxy that said who it is and may read a scope. */
export interface ConnectedProxy {
  readonly node: NodeIdentity;
  readonly scope: ScopeKey;
  readonly variant: "delta" | "sotw";
  readonly stream: ResourceStream;
}
