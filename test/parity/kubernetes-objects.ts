import type { EnvoyGateway } from "../../src/api/config/envoy-gateway.ts";
import { isObject } from "../../src/api/json-object.ts";
import { readClusterSite } from "../../src/infra/kubernetes/objects/cluster-site.ts";
import { renderFleet } from "../../src/infra/kubernetes/objects/render-fleet.ts";
import type { ProxyInfra } from "../../src/ir/infra.ts";
import type { Actual } from "./case.ts";

/** The objects that run the fleets, by scope, in the form that compare.mjs reads. */
export function kubernetesOf(config: EnvoyGateway, fleets: readonly ProxyInfra[]): NonNullable<Actual["kubernetes"]> {
  const site = readClusterSite(config, {
    controllerNamespace: "envoy-gateway-system",
    systemTrustFile: "/etc/ssl/certs/ca-certificates.crt",
    compatible: true,
  });
  return Object.fromEntries(fleets.map((infra) => [infra.scope, { objects: renderFleet(infra, site).objects.map(readable) }]));
}

/** The bootstrap, which is text on the command line, as the document that it is. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const bootstrap = value.indexOf("--config-yaml") + 1;
    return value.map((each, i) => (bootstrap > 0 && i === bootstrap ? JSON.parse(String(each)) : readable(each)));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
}
