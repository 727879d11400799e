import type { RouteAction_RequestMirrorPolicyJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import type { FractionalPercentJson } from "#envoy/envoy/type/v3/percent_pb";
import type { FilterOutcome, RouteFilter } from "../../gatewayapi/route-filter.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import type { HTTPRequestMirrorFilter } from "./schema.ts";

/** One backend that gets copies of requests. */
export interface Mirror {
  readonly cluster: string;
  /** The share of requests that are copied. */
  readonly share: { readonly numerator: number; readonly denominator: number };
}

/** The part of a rule that sends copies of its requests to other backends. */
export const mirrorSlot = slot<readonly Mirror[]>("mirror");

const mirrorFilter: RouteFilter = {
  type: "RequestMirror",
  places: ["rule"],
  incompatibleWith: ["RequestRedirect"],
  backends: ({ requestMirror }) => (requestMirror === undefined ? [] : [requestMirror.backendRef]),
  translate({ requestMirror }, parts, site): FilterOutcome {
    if (requestMirror === undefined) return mistake("requestMirror is missing");
    const share = shareOf(requestMirror);
    if (share.numerator > share.denominator) return mistake("fraction is more than 1; make the numerator smaller");
    const reached = site.mirrorCluster?.(requestMirror.backendRef);
    if (reached === undefined) return mistake("only rules can mirror");
    // Who asked gets the answer of the rule's own backends in any case, so a lost copy does not make the rule invalid.
    if ("problem" in reached) {
      const message = `RequestMirror filter: ${reached.problem.message}; until then nothing is mirrored to it`;
      return { parts, warning: { ...reached.problem, message } };
    }
    const { cluster } = reached;
    const mirrors = [...(mirrorSlot.of(parts) ?? []), { cluster: cluster.name, share }];
    return { parts: mirrorSlot.set(parts, mirrors), cluster };
  },
};

function mistake(what: string): FilterOutcome {
  return { problem: { condition: "Accepted", reason: "UnsupportedValue", message: `RequestMirror filter: ${what}.` } };
}

function shareOf({ percent, fraction }: HTTPRequestMirrorFilter): Mirror["share"] {
  return fraction ?? { numerator: percent ?? 100, denominator: 100 };
}

/** Sends copies of requests to other backends, whose answers are ignored. */
export const mirror: Feature = {
  name: mirrorSlot.name,
  routeFilters: [mirrorFilter],
  route(draft, { rule }) {
    const mirrors = mirrorSlot.of(rule.parts);
    if (mirrors === undefined || draft.route === undefined) return draft;
    return { ...draft, route: { ...draft.route, requestMirrorPolicies: mirrors.map(policy) } };
  },
  clusters: ({ rule }) => (mirrorSlot.of(rule.parts) ?? []).map(({ cluster }) => cluster),
};

function policy({ cluster, share }: Mirror): RouteAction_RequestMirrorPolicyJson {
  // Envoy would add `-shadow` to the Host otherwise, and backends that tell requests apart by host would not know it.
  return { cluster, disableShadowHostSuffixAppend: true, runtimeFraction: { defaultValue: fractionalPercent(share) } };
}

const denominators = [
  [100, "HUNDRED"],
  [10_000, "TEN_THOUSAND"],
  [1_000_000, "MILLION"],
] as const;

/** A share in the smallest of Envoy's units that expresses it; in millionths, rounded, where none does. */
export function fractionalPercent({ numerator, denominator }: Mirror["share"]): FractionalPercentJson {
  const [count, unit] = denominators.find(([units]) => (numerator * units) % denominator === 0) ?? [1_000_000, "MILLION"];
  return { numerator: Math.round((numerator * count) / denominator), ...(unit !== "HUNDRED" && { denominator: unit }) };
}
