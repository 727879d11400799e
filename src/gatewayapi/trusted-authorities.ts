/** The CA certificates that proxies need to check backends and clients. */
import type { Collection, Graph, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import { systemTrust, type TrustedAuthorities, upstreamTlsSlot } from "../ir/upstream-tls.ts";
import type { Destination, HttpListener, StreamListener } from "../ir/xds.ts";
import type { TrustBundle } from "./trust-bundles.ts";

/** That a fleet needs a bundle under a name. */
interface Need {
  readonly scope: ScopeKey;
  readonly secret: string;
  readonly bundle: Key;
}

/** What names CA certificates. */
export interface AuthorityUsers {
  readonly listeners: Collection<HttpListener | StreamListener>;
  readonly destinations: Collection<Destination>;
}

/** Derives, for each fleet, the CA certificates that it names. New content of a bundle runs nothing but its own entry. */
export function deriveAuthorities(
  graph: Graph,
  { listeners, destinations }: AuthorityUsers,
  bundles: Collection<TrustBundle>,
): Collection<TrustedAuthorities> {
  const ofBackends = graph.deriveMany("trust needed", destinations, (_context, { scope, settings }, destination) => {
    const trusts = settings.flatMap(({ parts }) => upstreamTlsSlot.of(parts)?.trust ?? []);
    if (trusts.length === 0) return [];
    const byName = new Map(
      trusts.flatMap(({ secret, bundle }) => (typeof secret === "string" ? [[secret, { scope, secret, bundle }]] : [])),
    );
    return Array.from(byName, ([secret, need]): readonly [Key, Need] => [`cluster ${destination}|${secret}`, need]);
  });
  const ofClients = graph.deriveMany("trust in clients", listeners, (_context, { scope, tls }, listener) => {
    const { secret, bundle } = tls?.clients?.trust ?? {};
    if (typeof secret !== "string" || bundle === undefined) return [];
    return [[`listener ${listener}|${secret}`, { scope, secret, bundle }] as const];
  });
  const needs = graph.union<Need>("all trust needed", [ofBackends, ofClients]);
  const byName = graph.index("name", needs, ({ scope, secret, bundle }) => [`${scope}|${secret}|${bundle}`]);
  // All needs under one key are alike, so that the sum is any of them.
  const needed = graph.aggregate<Need, Need | undefined>("trust in use", byName, {
    zero: undefined,
    add: (_sum, need) => need,
    remove: (sum) => sum,
  });
  return graph.deriveMany("authorities", needed, (context, need) => {
    const authorities = need && fetch(need, context.get(bundles, need.bundle));
    return authorities === undefined ? [] : [[`${authorities.scope}|${authorities.name}`, authorities] as const];
  });
}

function fetch({ scope, secret: name, bundle }: Need, found: TrustBundle | undefined): TrustedAuthorities | undefined {
  if (bundle === systemTrust) return { scope, name, certificates: systemTrust };
  if (found === undefined || !("certificates" in found.content)) return undefined;
  return { scope, name, ...found.content, source: found.source };
}
