/** What fields of EnvoyProxies look at, for tests. */

import { allFeatures, clusterFieldsOf } from "../../src/features/index.ts";
import { translateClusterSettings } from "../../src/gatewayapi/cluster-field.ts";
import type { ProxySite } from "../../src/gatewayapi/proxy-field.ts";

/** The site of the EnvoyProxy `infra/proxy`, where all servers exist and are known by their host or the name of their first reference. */
export const proxySite: ProxySite = {
  source: { kind: "EnvoyProxy", namespace: "infra", name: "proxy" },
  fleetName: "eg.default",
  serverCluster({ purpose, position }, at, { host, backendRefs, backendSettings = {} }) {
    const name = [purpose, ...position].join("_");
    const { parts, mistakes } = translateClusterSettings(backendSettings, clusterFieldsOf(allFeatures({ compatible: false })));
    const source = proxySite.source;
    const authority = host ?? backendRefs?.[0]?.name;
    if (authority === "missing") return { problems: [{ reason: "InvalidParameters", message: `${at}: missing does not exist` }] };
    const warnings = mistakes.map((mistake) => ({ reason: "InvalidParameters", message: `${at}.backendSettings.${mistake}` }));
    const setting = {
      name,
      weight: 1,
      protocol: "GRPC",
      source,
      addressType: "IP",
      backend: name,
      priority: 0,
      parts: {},
    } as const;
    return {
      cluster: { name, source, settings: [setting], dns: false, parts },
      ...(authority !== undefined && { authority }),
      warnings,
    };
  },
  authorities: () => "Y2VydGlmaWNhdGU=",
  endpoints: (backend) => (backend.includes("empty") ? [] : [{ address: "10.0.0.1", port: 4317 }]),
};
