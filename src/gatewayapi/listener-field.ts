import type { ClientTrafficSpec } from "../api/envoy/client-traffic-policy.ts";
import { noParts, type Parts } from "../ir/slot.ts";

/** What a field of a ClientTrafficPolicy makes of the parts of a listener, and what is wrong with the field. */
export interface ListenerFieldOutcome {
  readonly parts: Parts;
  /** In words that begin with the path of the field. The listener is closed: nobody can say what was meant. */
  readonly mistakes?: readonly string[];
  /** What the policy's status warns of, although the policy is followed. */
  readonly warnings?: readonly PolicyWarning[];
  /** What it makes of the clusters that routes of the listener lead to. */
  readonly upstream?: Parts;
}

/** A warning in the status of a policy. */
export interface PolicyWarning {
  readonly reason: "DeprecatedField" | "UnsupportedHTTP3ClientValidation" | "UDPPortTaken";
  readonly message: string;
}

/** What a field of a ClientTrafficPolicy may look at besides the specification. */
export interface ListenerSite {
  /** Name of the listener. */
  readonly name: string;
  /** It takes HTTP requests, not connections of whatever is in them. */
  readonly http: boolean;
  /** TLS ends there. */
  readonly secure: boolean;
  /** Its hostname, `*` where it has none. */
  readonly hostname: string;
  /** Certificates of clients are asked for. */
  readonly asksClients: boolean;
  /** Another listener has the UDP port of the same number. */
  readonly udpPortTaken: boolean;
  /** The hosts without wildcards of the routes there, each once. */
  routeHosts(): readonly string[];
}

/**
 * The Gateway API side of a feature that belongs to a listener and that users set up in a ClientTrafficPolicy
 * (gateway.envoyproxy.io/v1alpha1). `translate` is pure.
 */
export interface ListenerField {
  /** It has no meaning at listeners that take no HTTP requests. */
  readonly httpOnly?: boolean;
  translate(spec: ClientTrafficSpec, parts: Parts, site: ListenerSite): ListenerFieldOutcome;
}

/** What all fields together make of a policy at one listener. */
export type ListenerOutcome = Required<ListenerFieldOutcome>;

/** What all fields together make of a policy at one listener. */
export function translateListenerFields(
  spec: ClientTrafficSpec,
  site: ListenerSite,
  fields: readonly ListenerField[],
): ListenerOutcome {
  let outcome: ListenerOutcome = { parts: noParts, mistakes: [], warnings: [], upstream: noParts };
  for (const field of fields) {
    if (field.httpOnly === true && !site.http) continue;
    const { parts, mistakes = [], warnings = [], upstream = {} } = field.translate(spec, outcome.parts, site);
    outcome = {
      parts,
      mistakes: [...outcome.mistakes, ...mistakes],
      warnings: [...outcome.warnings, ...warnings],
      upstream: { ...outcome.upstream, ...upstream },
    };
  }
  return outcome;
}
