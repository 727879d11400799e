import type { ObjectProblem } from "../../gatewayapi/problem.ts";
import type { Naming } from "../../ir/naming.ts";
import type { ObjectRef } from "../../ir/reference.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import { concat, encodeField } from "../codec/splice.ts";
import { encodeChecked, refusedByEnvoy } from "./checked.ts";
import type { EncodedRoute } from "./encoded-route.ts";
import { metadataOf } from "./metadata.ts";

/** A virtual host as a field of its route configuration, ready to be joined with others. */
export interface EncodedVirtualHost {
  /** The port that it belongs to. */
  readonly port: string;
  readonly bytes: Uint8Array;
  /** Digest of the bytes. */
  readonly version: string;
  readonly clusters: readonly string[];
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
  port: string,
  hostname: string,
  listener: HttpListener,
  routes: readonly EncodedRoute[],
  naming: Naming,
): EncodedVirtualHost {
  const head = { name: naming.virtualHost(listener, hostname), domains: [hostname], metadata: metadataOf([listener.source]) };
  const encoding = encodeChecked("envoy.config.route.v3.VirtualHost", head);
  if ("violations" in encoding) {
    const problem = refusedByEnvoy(listener.source, `the hostname ${hostname}`, encoding.violations);
    return { port, bytes: new Uint8Array(), version: "", clusters: [], sources: [], problem };
  }
  const bytes = encodeField(virtualHostsField, concat([encoding.bytes, ...routes.map((route) => route.bytes)]));
  const sources = new Map(routes.map(({ source }) => [`${source.kind}/${source.namespace}/${source.name}`, source]));
  return {
    port,
    bytes,
    version: digest(bytes),
    clusters: [...new Set(routes.flatMap(({ clusters }) => clusters))],
    sources: [...sources.values()],
  };
}

/** Whether two encodings of a virtual host are the same. */
export function sameVirtualHost(a: EncodedVirtualHost, b: EncodedVirtualHost): boolean {
  return a.port === b.port && a.version === b.version && a.problem?.message === b.problem?.message;
}
