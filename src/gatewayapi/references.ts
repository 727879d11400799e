/**
 * References across namespaces: allowed only where a ReferenceGrant in the target's namespace says so. Everything that follows
 * a reference asks here. Source: gateway-api v1.6, referencegrant_types.go.
 */
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import type { Objects } from "./objects.ts";

/** What refers. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** What is referred to. */
export interface Referent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Decides about references. */
export interface References {
  /** Whether `from` may refer to `to`; what was decided on is recorded in `context`. */
  permitted(context: Context, from: Referrer, to: Referent): boolean;
}

/**
 * Kinds whose objects may refer across namespaces without a grant. An EnvoyProxy belongs to whoever runs the proxies; it can name
 * the same servers by host as well, so a grant would keep nobody out.
 */
const trusted: ReadonlySet<string> = new Set(["EnvoyProxy"]);

/** One permission of one grant. */
interface Permission {
  readonly from: Referrer;
  readonly to: Omit<Referent, "name"> & { readonly name?: string };
}

/** Builds the permissions from the ReferenceGrants. */
export function deriveReferences(graph: Graph, objects: Objects): References {
  const permissions: Collection<Permission> = graph.deriveMany("permissions", objects.ReferenceGrant, (_context, grant, key) =>
    grant.spec.from.flatMap((from, i) =>
      grant.spec.to.map((to, j): readonly [Key, Permission] => {
        const { namespace } = grant.metadata;
        const named = to.name === undefined || to.name === "" ? {} : { name: to.name };
        return [`${key}/${i}/${j}`, { from, to: { group: to.group, kind: to.kind, namespace, ...named } }];
      }),
    ),
  );
  const byPair: Index<Permission> = graph.index("pair", permissions, ({ from, to }) => [pairKey(from, to, to.name)]);
  return {
    permitted: (context, from, to) =>
      from.namespace === to.namespace ||
      trusted.has(from.kind) ||
      context.list(byPair, pairKey(from, to, undefined)).length > 0 ||
      context.list(byPair, pairKey(from, to, to.name)).length > 0,
  };
}

/** A name of undefined stands for all objects of the kind in the namespace. */
function pairKey(from: Referrer, to: Omit<Referent, "name">, name: string | undefined): Key {
  const target = `${to.group}/${to.kind}/${to.namespace}`;
  return `${from.group}/${from.kind}/${from.namespace} ${target}${name === undefined ? "" : `/${name}`}`;
}
