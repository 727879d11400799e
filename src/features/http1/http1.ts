/** HTTP/1 of clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HTTP1Settings); envoy/config/core/v3/protocol.proto. */
import type { Http1ProtocolOptionsJson } from "#envoy/envoy/config/core/v3/protocol_pb";
import type { ListenerSite } from "../../gatewayapi/listener-field.ts";
import { readStringMatch, regexMistakes } from "../../gatewayapi/string-match.ts";
import { slot } from "../../ir/slot.ts";
import type { StringMatch } from "../../ir/xds.ts";
import type { Feature } from "../feature.ts";
import { stringMatcher } from "../string-matcher.ts";
import { typed } from "../typed-config.ts";
import type { Http1Settings } from "./schema.ts";

interface Http1 {
  readonly trailers: boolean;
  readonly preservesCase: boolean;
  /** HTTP/1.0 is spoken; requests without a host are for this one. */
  readonly http10?: { readonly defaultHost?: string };
  readonly ignoredUpgrades: readonly StringMatch[];
}

const part = slot<Http1>("http1");

/**
 * Trailers, letter case, HTTP/1.0 and upgrades of HTTP/1. What clients may send must reach backends, too, so that clusters which routes
 * of the listener lead to have the same settings.
 */
export const http1: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate({ http1: settings }, parts, site) {
      if (settings === undefined) return { parts };
      const host = chooseHost(settings, site);
      const mistakes = [
        ...("mistake" in host ? [host.mistake] : []),
        ...regexMistakes(settings.ignoredUpgradeTypes ?? [], "spec.http1.ignoredUpgradeTypes"),
      ];
      if (mistakes.length > 0) return { parts, mistakes };
      const value = read(settings, "defaultHost" in host ? host.defaultHost : undefined);
      return { parts: part.set(parts, value), upstream: changesUpstream(value) ? part.set({}, value) : {} };
    },
  },
  connectionManager(draft, _fleet, own) {
    const settings = part.of(own);
    if (settings === undefined) return draft;
    const { ignoredUpgrades } = settings;
    const options = {
      ...protocolOptions(settings),
      ...(ignoredUpgrades.length > 0 && { ignoreHttp11Upgrade: ignoredUpgrades.map(stringMatcher) }),
    };
    return Object.keys(options).length === 0 ? draft : { ...draft, httpProtocolOptions: options };
  },
  upstream(draft, { parts }) {
    const settings = part.of(parts);
    if (settings === undefined) return draft;
    const options = protocolOptions(settings);
    const { explicitHttpConfig, autoConfig } = draft;
    if (autoConfig) {
      return { ...draft, autoConfig: { ...autoConfig, httpProtocolOptions: { ...autoConfig.httpProtocolOptions, ...options } } };
    }
    if (explicitHttpConfig?.http2ProtocolOptions) return draft;
    const own = explicitHttpConfig?.httpProtocolOptions;
    return { ...draft, explicitHttpConfig: { httpProtocolOptions: { ...own, ...options } } };
  },
};

function read(
  { enableTrailers = false, preserveHeaderCase = false, http10, ignoredUpgradeTypes = [] }: Http1Settings,
  defaultHost: string | undefined,
): Http1 {
  return {
    trailers: enableTrailers,
    preservesCase: preserveHeaderCase,
    ...(http10 && { http10: defaultHost === undefined ? {} : { defaultHost } }),
    ignoredUpgrades: ignoredUpgradeTypes.map(readStringMatch),
  };
}

/** The host of requests of HTTP/1.0 without one: the listener's own, or the only one that its routes have. */
function chooseHost(
  { http10 }: Http1Settings,
  { hostname, routeHosts }: ListenerSite,
): { readonly defaultHost?: string } | { readonly mistake: string } {
  if (http10?.useDefaultHost !== true) return {};
  if (!hostname.startsWith("*")) return { defaultHost: hostname };
  const hosts = routeHosts();
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1) return { defaultHost: only };
  const found = only === undefined ? "its routes have none" : `its routes have several (${hosts.slice(0, 3).join(", ")})`;
  return {
    mistake: `spec.http1.http10.useDefaultHost: the listener has no hostname without a wildcard, and ${found}; give it one`,
  };
}

function changesUpstream({ trailers, preservesCase, http10 }: Http1): boolean {
  return trailers || preservesCase || http10 !== undefined;
}

function protocolOptions({ trailers, preservesCase, http10 }: Http1): Http1ProtocolOptionsJson {
  return {
    ...(trailers && { enableTrailers: true }),
    ...(preservesCase && { headerKeyFormat: { statefulFormatter: preserveCase } }),
    ...(http10 && { acceptHttp10: true }),
    ...(http10?.defaultHost !== undefined && { defaultHostForHttp10: http10.defaultHost }),
  };
}

const preserveCase = {
  name: "preserve_case",
  typedConfig: typed("envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig", {}),
};
