/**
 * ClientTrafficPolicies: which of them applies to which listener, and what it makes of it. Everything is known before listeners are
 * made for the proxies, and a change of a policy makes its own listeners anew. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go.
 */
import type { ClientTrafficPolicy } from "../api/envoy/client-traffic-policy.ts";
import type { Collection, Context, Graph, Index, Key } from "../graph/index.ts";
import { type ClientBundleStanding, clientBundleKey } from "./client-bundles.ts";
import { applyClientTls } from "./client-tls.ts";
import { portKey } from "./listener-conflicts.ts";
import { type ListenerField, type ListenerSite, type PolicyWarning, translateListenerFields } from "./listener-field.ts";
import { deriveListenerPolicies, type ListenerPolicy } from "./listener-policies.ts";
import type { ApartListener } from "./listener-routing.ts";
import type { ListenerSettings } from "./listener-settings.ts";
import { baseTls, type ListenerVerdict } from "./listener-verdicts.ts";
import type { Objects } from "./objects.ts";
import { derivePolicyClaims, type PolicyClaims } from "./policy-claims.ts";
import { deriveSelectable, policyTargets, type TargetSources } from "./policy-targets.ts";
import type { References } from "./references.ts";
import { deriveSharedPorts, strangersOnPort } from "./shared-ports.ts";

/** What is said about a policy in view of one listener. Key: the listener's. */
export interface ListenerRemarks {
  /** See `claimKey`. */
  readonly claim: Key;
  /** Why it is not followed there, or not wholly, for people. */
  readonly mistakes: readonly string[];
  readonly warnings: readonly PolicyWarning[];
}

/** The ClientTrafficPolicies, ready to be asked. */
export interface ClientPolicies {
  readonly targetSources: TargetSources;
  readonly claims: PolicyClaims;
  /** Which applies where. Key: the listener's. */
  readonly applied: Collection<ListenerPolicy>;
  readonly settings: Collection<ListenerSettings>;
  /** Listeners that have clusters made for them. */
  readonly apart: Collection<ApartListener>;
  readonly remarks: Collection<ListenerRemarks>;
}

/** What policies are judged by. */
export interface ClientPolicySources {
  readonly objects: Objects;
  readonly references: References;
  readonly verdicts: Collection<ListenerVerdict>;
  readonly standings: Collection<ClientBundleStanding>;
  /** The hosts of the routes at each listener, by the listener's key. */
  readonly routeHosts: Index<{ readonly hostnames: readonly string[] }>;
  readonly fields: readonly ListenerField[];
}

const kind = "ClientTrafficPolicy";

/** Derives what all policies make of listeners. */
export function deriveClientPolicies(graph: Graph, sources: ClientPolicySources): ClientPolicies {
  const { objects, references, verdicts } = sources;
  const selectable = deriveSelectable(graph, objects, ["Gateway", "ListenerSet"]);
  const targetSources: TargetSources = { objects, references, selectable };
  const claims = derivePolicyClaims(graph, kind, objects.ClientTrafficPolicy, (context, policy) =>
    policyTargets(context, policy, targetSources),
  );
  const applied = deriveListenerPolicies(graph, kind, verdicts, claims);
  const plain = deriveSharedPorts(graph, verdicts);
  const datagrams = graph.index("udp port", verdicts, (verdict) =>
    verdict.ready && verdict.protocol === "UDP" ? [portKey(verdict)] : [],
  );
  const outcomes = graph.derive("outcomes of client policies", applied, (context, policy, key) => {
    const verdict = context.get(verdicts, key);
    const object = context.get(objects.ClientTrafficPolicy, policy.policy);
    if (verdict === undefined || object === undefined || !verdict.ready || verdict.protocol === "UDP") return undefined;
    const strangers = strangersOnPort(context, plain, key, policy);
    return strangers.length > 0
      ? { claim: policy.claim, remarks: { mistakes: [refuseStrangers(strangers)], warnings: [] } }
      : { claim: policy.claim, ...translate(context, policy.policy, object, verdict, { ...sources, datagrams }) };
  });
  return {
    targetSources,
    claims,
    applied,
    settings: graph.derive("settings of listeners", outcomes, (_context, { settings }) => settings),
    apart: graph.derive("listeners apart", outcomes, (context, { settings }, key) => {
      const { reach, parent } = context.get(applied, key) ?? {};
      if (parent === undefined || reach === "gateway" || Object.keys(settings?.upstream ?? {}).length === 0) return undefined;
      return { parent };
    }),
    remarks: graph.derive("remarks on client policies", outcomes, (_context, { claim, remarks }) => ({ claim, ...remarks })),
  };
}

function refuseStrangers(strangers: readonly Key[]): string {
  return `the listener shares its port, without TLS, with listeners that the policy is not for (${strangers.join(", ")}): what it says would hold for them, too. Use a port of its own, or attach the policy to the Gateway or ListenerSet that all of them are in`;
}

interface Outcome {
  readonly claim: Key;
  readonly settings?: ListenerSettings;
  readonly remarks: Omit<ListenerRemarks, "claim">;
}

function translate(
  context: Context,
  policy: Key,
  { spec }: ClientTrafficPolicy,
  verdict: ListenerVerdict,
  sources: ClientPolicySources & { readonly datagrams: Index<ListenerVerdict> },
): Omit<Outcome, "claim"> {
  const { fields, standings } = sources;
  const { parts, upstream, mistakes, warnings } = translateListenerFields(spec, siteOf(context, spec, verdict, sources), fields);
  const base = baseTls(verdict);
  const secured = base && applyClientTls(base, spec.tls, { policy, bundle: context.get(standings, clientBundleKey(policy)) });
  const all = [...mistakes, ...(secured?.mistakes ?? [])];
  return {
    settings: { parts, upstream, ...(secured && { tls: secured.tls }), closed: all.length > 0 },
    remarks: { mistakes: all, warnings },
  };
}

function siteOf(
  context: Context,
  spec: ClientTrafficPolicy["spec"],
  verdict: ListenerVerdict,
  {
    routeHosts,
    datagrams,
  }: { readonly routeHosts: ClientPolicySources["routeHosts"]; readonly datagrams: Index<ListenerVerdict> },
): ListenerSite {
  const { key, name, protocol, hostname, certificates, clientValidation } = verdict;
  return {
    name,
    http: protocol === "HTTP" || protocol === "HTTPS",
    secure: certificates !== undefined,
    hostname,
    asksClients: clientValidation !== undefined || spec.tls?.clientValidation !== undefined,
    get udpPortTaken() {
      return context.list(datagrams, portKey({ ...verdict, protocol: "UDP" })).length > 0;
    },
    routeHosts() {
      const hosts = context.list(routeHosts, key).flatMap(({ hostnames }) => hostnames);
      return [...new Set(hosts)].filter((host) => !host.startsWith("*"));
    },
  };
}
