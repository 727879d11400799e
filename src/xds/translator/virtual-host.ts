import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { digest, digestOfDigests } from "../codec/digest.ts";
import { encodeFieldAround } from "../codec/splice.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import type { EncodedRoute } from "./encoded-route.ts";
import { metadataOf } from "./metadata.ts";
import { endsSegment, type SegmentMember } from "./table-segments.ts";

/** A virtual host as a field of its route configuration, ready to be joined with others. */
export interface EncodedVirtualHost extends SegmentMember {
  /** The route configuration that it belongs to, as `tableKey` has it. */
  readonly table: string;
  readonly sources: readonly ObjectRef[];
  readonly problem?: ObjectProblem;
}

/** Number of `virtual_hosts` in envoy.config.route.v3.RouteConfiguration. */
const virtualHostsField = 2;

/**
 * Joins the routes of one hostname, which stand in their order, to a virtual host. `listener` is the first of the listeners that
 * they are attached to.
 */
export function encodeVirtualHost(
  table: string,
  hostname: string,
  listener: HttpListener,
  routes: readonly EncodedRoute[],
  naming: Naming,
): EncodedVirtualHost {
  const head = { name: naming.virtualHost(listener, hostname), domains: [hostname], metadata: metadataOf([listener.source]) };
  const encoding = encodeChecked("envoy.config.route.v3.VirtualHost", head);
  if ("violations" in encoding) {
    const problem = refusedByEnvoy(listener.source, `the hostname ${hostname}`, encoding.violations);
    return { table, chunks: [], version: "", endsSegment: false, references: [], sources: [], problem };
  }
  const chunks: Uint8Array[] = [];
  const versions = [digest(encoding.bytes)];
  const clusters = new Set<string>();
  const sources = new Map<string, ObjectRef>();
  for (const route of routes) {
    if (route.bytes.length === 0) continue;
    chunks.push(route.bytes);
    versions.push(route.version);
    for (const cluster of route.clusters) clusters.add(cluster);
    sources.set(`${route.source.kind}/${route.source.namespace}/${route.source.name}`, route.source);
  }
  const references = Array.from(clusters, (name) => ({ type: "Cluster", name }) as const);
  return {
    table,
    chunks: encodeFieldAround(virtualHostsField, encoding.bytes, chunks),
    version: digestOfDigests(versions),
    endsSegment: endsSegment(hostname),
    references,
    sources: [...sources.values()],
  };
}

/** Whether two encodings of a virtual host are the same. */
export function sameVirtualHost(a: EncodedVirtualHost, b: EncodedVirtualHost): boolean {
  return a.table === b.table && a.version === b.version && a.problem?.message === b.problem?.message;
}
