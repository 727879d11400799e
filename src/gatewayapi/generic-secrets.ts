/** Secrets other than certificates: which of them can be used, and those that proxies need. */
import type { Collection, Context, Graph, Key } from "../graph/index.ts";
import { type GenericSecret, type SecretNeed, secretNeedsSlot } from "../ir/generic-secret.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Parts } from "../ir/slot.ts";
import type { Destination, HttpRoute } from "../ir/xds.ts";
import type { Objects } from "./objects.ts";
import type { References, Referrer } from "./references.ts";

/** What a Secret can be used for. Key: the Secret's. Its values are not here: a new one concerns no route. */
export interface SecretFacts {
  /** The keys of its data, sorted. */
  readonly keys: readonly string[];
  /** Those whose values can be values of a header. */
  readonly headerValues: readonly string[];
}

/** A reference to a Secret. */
export interface SecretRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The key of the Secret with a usable entry, or what is wrong and what to do about it. */
export type SecretEntry = { readonly secret: Key } | { readonly mistake: string };

/** Derives what the Secrets can be used for. */
export function deriveSecretFacts(graph: Graph, objects: Objects): Collection<SecretFacts> {
  return graph.derive("secret facts", objects.Secret, (_context, { data = {} }) => {
    const keys = Object.keys(data).sort();
    return {
      keys,
      headerValues: keys.filter((key) => headerValue.test(Buffer.from(data[key] ?? "", "base64").toString("latin1"))),
    };
  });
}

/** RFC 9110, section 5.5: no control characters, and none but visible ones at the ends. */
const headerValue = /^[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?$/;

/** Follows a reference to an entry of a Secret that is to be the value of a header. */
export function resolveHeaderSecret(
  context: Context,
  { secretFacts, references }: { readonly secretFacts: Collection<SecretFacts>; readonly references: References },
  from: Referrer,
  ref: SecretRef,
  entry: string,
): SecretEntry {
  const { group, kind, name, namespace = from.namespace } = ref;
  if (group !== "" || kind !== "Secret") return { mistake: `${kind} of group "${group}" holds no credential; use a Secret` };
  const secret = `${namespace}/${name}`;
  if (!references.permitted(context, from, { group, kind, namespace, name })) {
    const fix = `create one in namespace ${namespace} that allows ${from.kind} of namespace ${from.namespace} to refer to Secret`;
    return { mistake: `Secret ${secret} is in another namespace and no ReferenceGrant allows the reference; ${fix}` };
  }
  const facts = context.get(secretFacts, secret);
  if (facts === undefined) return { mistake: `there is no Secret ${secret}; create it` };
  if (!facts.keys.includes(entry)) return { mistake: `Secret ${secret} has no key ${entry}; add it` };
  if (facts.headerValues.includes(entry)) return { secret };
  const fix = "remove control characters, and line breaks and blanks at its ends";
  return { mistake: `the value of key ${entry} of Secret ${secret} cannot be the value of a header; ${fix}` };
}

/** What needs secrets. */
export interface SecretUsers {
  readonly httpRoutes: Collection<HttpRoute>;
  readonly destinations: Collection<Destination>;
}

/** A need of a fleet. */
interface Use extends SecretNeed {
  readonly scope: ScopeKey;
}

/** What has needs. */
interface Needy {
  readonly scope: ScopeKey;
  readonly needs: readonly SecretNeed[];
}

/** Derives, for each fleet, the secrets that its routes and clusters need. A changed Secret runs nothing but its own entry. */
export function deriveGenericSecrets(graph: Graph, objects: Objects, users: SecretUsers): Collection<GenericSecret> {
  const uses = graph.union("uses of generic secrets", [
    deriveUses(graph, "routes", users.httpRoutes, ({ scope, rule }) => ({ scope, needs: needsOf(rule.parts) })),
    deriveUses(graph, "clusters", users.destinations, ({ scope, parts }) => ({ scope, needs: needsOf(parts) })),
  ]);
  return graph.deriveMany("generic secrets", uses, (context, { scope, name, secret, entry }) => {
    const found = context.get(objects.Secret, secret);
    const value = found?.data?.[entry];
    if (found === undefined || value === undefined) return [];
    const source = { kind: "Secret", namespace: found.metadata.namespace, name: found.metadata.name };
    return [[`${scope}|${name}`, { scope, name, source, value }] as const];
  });
}

/** The needs of all users of a kind, each once: the second user of a secret changes nothing. */
function deriveUses<T>(graph: Graph, kind: string, users: Collection<T>, needyOf: (user: T) => Needy): Collection<Use> {
  const byNeed = graph.index("secret needed", users, (user) => {
    const { scope, needs } = needyOf(user);
    return needs.map((need) => useKey(scope, need));
  });
  // All users under one key have the same need, so that any of them tells it.
  const witnesses = graph.aggregate<T, Needy | undefined>(
    `users of generic secrets: ${kind}`,
    byNeed,
    { zero: undefined, add: (_sum, user) => needyOf(user), remove: (sum) => sum },
    { equals: () => true },
  );
  return graph.derive(`generic secrets of ${kind}`, witnesses, (_context, needy, key) => {
    const need = needy?.needs.find((each) => useKey(needy.scope, each) === key);
    return needy && need && { scope: needy.scope, ...need };
  });
}

function useKey(scope: ScopeKey, { name, secret, entry }: SecretNeed): Key {
  return `${scope}|${name}|${secret}|${entry}`;
}

const nothing: readonly never[] = [];

function needsOf(parts: Parts): readonly SecretNeed[] {
  return secretNeedsSlot.of(parts) ?? nothing;
}
