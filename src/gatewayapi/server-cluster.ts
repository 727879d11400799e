/** Servers that proxies themselves talk to: how users name them, and the cluster that comes of it. */
import type { ClusterSettings } from "../api/envoy/cluster-settings.ts";
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { ServerIdentity } from "../ir/naming.ts";
import type { PlannedCluster } from "./planned-cluster.ts";
import type { Problem } from "./problem.ts";

/** A reference to servers, with their share of the requests. */
export type ServerRef = BackendObjectReference & { readonly weight?: number; readonly fallback?: boolean };

/** The servers that a field names, and how they are spoken to. */
export interface Servers {
  readonly backendRefs?: readonly ServerRef[];
  /** A host name or IP address, where no reference is given. */
  readonly host?: string;
  readonly port?: number;
  readonly backendSettings?: ClusterSettings;
  /** What they speak; where left out, what the references say, else HTTP/1.1. */
  readonly protocol?: "GRPC";
}

/** What a cluster of servers is for. */
export type ServerId = Omit<ServerIdentity, "digest">;

/** A cluster of servers that proxies themselves talk to, or why there can be none. */
export type ServerCluster =
  | {
      readonly cluster: PlannedCluster;
      /** The host that requests are addressed to; undefined where the servers have no name. */
      readonly authority?: string;
      /** What is wrong, though the servers can be reached. */
      readonly warnings: readonly Problem[];
    }
  | { readonly problems: readonly Problem[] };
