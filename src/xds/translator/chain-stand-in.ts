/** What stands in for a filter chain that a proxy refused, so that it hurts no other connections of its port. */
import type { FilterChainJson } from "#envoy/envoy/config/listener/v3/listener_components_pb";
import type { Collection, Context } from "../../graph/index.ts";
import type { GenericSecret } from "../../ir/generic-secret.ts";
import type { ScopeKey } from "../../ir/reference.ts";
import type { TrustedAuthorities } from "../../ir/upstream-tls.ts";
import type { Destination, TlsSecret } from "../../ir/xds.ts";
import { digest } from "../codec/digest.ts";
import { encodeField } from "../codec/splice.ts";
import type { FilterChainPiece, ResourceReference } from "../resource.ts";
import { encodeChecked } from "./checked.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { type Refusal, refusalsIn } from "./refused-pieces.ts";

/** Numbers of the fields for filter chains in envoy.config.listener.v3.Listener. */
const fields = { filterChains: 3, defaultFilterChain: 25 } as const;

/** What proxies refused, and what there is to refer to. */
export interface StandInInput {
  /** Key: see `refusalKey`. */
  readonly refusals: Collection<Refusal>;
  readonly secrets: Collection<TlsSecret | GenericSecret>;
  readonly authorities: Collection<TrustedAuthorities>;
  readonly destinations: Collection<Destination>;
}

/** What a filter chain becomes. */
export interface Placed {
  /** It, or what stands in for it; nothing where Envoy takes not even its match. */
  readonly piece?: FilterChainPiece;
  /** Set where it was refused. */
  readonly refused?: { readonly words: string; readonly instead: string };
}

/** A filter chain as a field of its listener, or how it breaks the rules of Envoy's API. */
export function encodePiece(
  message: FilterChainJson,
  references: readonly ResourceReference[],
  field: keyof typeof fields = "filterChains",
): FilterChainPiece | { readonly violations: readonly string[] } {
  const encoding = encodeChecked("envoy.config.listener.v3.FilterChain", message);
  if ("violations" in encoding) return encoding;
  const bytes = encodeField(fields[field], encoding.bytes);
  const { name = "", filterChainMatch = {} } = message;
  return { name, match: JSON.stringify(filterChainMatch), references, bytes, version: digest(bytes) };
}

/**
 * The filter chain, unless a proxy refused it. Then it stays as the proxy has it, where that takes the same connections and all that
 * it names is still there; else its connections are ended: others that could take them were not meant for them.
 * @param encodeEnding makes a filter chain that ends them, or serves nothing
 */
export function placeChain(
  context: Context,
  scope: ScopeKey,
  { refusals, ...there }: StandInInput,
  piece: FilterChainPiece,
  encodeEnding: () => ReturnType<typeof encodePiece>,
): Placed {
  const refusalOf = refusalsIn(context, refusals, scope);
  const refusal = refusalOf(piece.version);
  if (refusal === undefined) return { piece };
  const refused = (instead: string) => ({ words: refusal.message, instead });
  const ending = encodeEnding();
  const { present } = refusal;
  const canStay =
    present !== undefined &&
    present.match === piece.match &&
    ("violations" in ending || present.version !== ending.version) &&
    refusalOf(present.version) === undefined &&
    present.references.every((each) => namesCluster(piece, each) || isThere(context, scope, there, each));
  if (canStay) return { piece: present, refused: refused("kept as it was before") };
  if ("violations" in ending || refusalOf(ending.version) !== undefined) return { refused: refused("left out") };
  return { piece: ending, refused: refused("replaced by one that serves nothing") };
}

/** Clusters that the refused version names, too, are there: some are made for filter chains alone. */
function namesCluster({ references }: FilterChainPiece, { type, name }: ResourceReference): boolean {
  return type === "Cluster" && references.some((each) => each.type === type && each.name === name);
}

/** A listener that names a secret waits for it, with all its filter chains. */
function isThere(
  context: Context,
  scope: ScopeKey,
  { secrets, authorities, destinations }: Omit<StandInInput, "refusals">,
  { type, name }: ResourceReference,
): boolean {
  const key = `${scope}|${name}`;
  if (type === "Secret") return (context.get(secrets, key) ?? context.get(authorities, key)) !== undefined;
  return type !== "Cluster" || name === emptyCluster || context.get(destinations, key) !== undefined;
}
