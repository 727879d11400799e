/** Hosts that clients may not choose as backends. Source: envoy/config/rbac/v3/rbac.proto; RFC 6890. */
import type { PermissionJson, RBACJson } from "#envoy/envoy/config/rbac/v3/rbac_pb";
import type { RBACPerRouteJson } from "#envoy/envoy/extensions/filters/http/rbac/v3/rbac_pb";
import { typed } from "../typed-config.ts";

/**
 * What stands for the proxy's own machine, where its admin interface listens, and for its network link, where clouds tell machines
 * their credentials. Written for IPv4 in IPv6, too.
 */
const deniedRanges: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["::", 128],
  ["::1", 128],
  ["::ffff:0.0.0.0", 104],
  ["::ffff:127.0.0.0", 104],
  ["::ffff:169.254.0.0", 112],
  ["fe80::", 10],
  ["fd00:ec2::254", 128],
];

/** Denies requests by the address that their host comes to, however it is written and whoever's DNS says so. */
export const denyByAddress: RBACPerRouteJson = {
  rbac: {
    rules: {
      action: "DENY",
      policies: { "own-machine": { permissions: deniedRanges.map(addressIn), principals: [{ any: true }] } },
    },
  },
};

function addressIn([addressPrefix, prefixLen]: readonly [string, number]): PermissionJson {
  const matcher = { upstreamIp: { addressPrefix, prefixLen } };
  const typedConfig = typed("envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher", matcher);
  return { matcher: { name: "envoy.rbac.matchers.upstream_ip_port", typedConfig } };
}

/** The hosts that Envoy Gateway v1.9 denies, as regular expressions. */
const deniedNames = [
  "127\\.0\\.0\\.1",
  "localhost",
  "localhost\\.localdomain",
  "ip6-localhost",
  "ip6-loopback",
  "\\[::1\\]",
  "::1",
] as const;

/** Denies requests by how their host is written, as Envoy Gateway v1.9 does. */
export const denyByName: RBACPerRouteJson = {
  rbac: {
    matcher: {
      matcherList: {
        matchers: [
          { predicate: { orMatcher: { predicate: deniedNames.map(hostIs) } }, onMatch: action("deny-loopback-host", "DENY") },
        ],
      },
      onNoMatch: action("default", "ALLOW"),
    },
  },
};

function hostIs(host: string) {
  const typedConfig = typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { headerName: ":authority" });
  const safeRegex = { googleRe2: {}, regex: `^${host}(?::\\d+)?$` };
  return { singlePredicate: { input: { name: "http_header", typedConfig }, valueMatch: { safeRegex } } };
}

function action(name: string, decision: "ALLOW" | "DENY") {
  return { action: { name, typedConfig: typed("envoy.config.rbac.v3.Action", { name: decision, action: decision }) } };
}

/** The same hosts as server names of TLS connections (SNI). */
const deniedServerName = `(?i)^(${[
  "localhost",
  "localhost\\.localdomain",
  "ip6-localhost",
  "ip6-loopback",
  "127\\.0\\.0\\.1",
  "::1",
  "\\[::1\\]",
].join("|")})\\.?$`;

/** Denies connections by the server name that they ask for. */
export const denyByServerName: RBACJson = {
  action: "DENY",
  policies: {
    "deny-loopback-sni": {
      permissions: [{ requestedServerName: { safeRegex: { regex: deniedServerName } } }],
      principals: [{ any: true }],
    },
  },
};
