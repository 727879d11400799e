import type { ProxyField } from "../../gatewayapi/proxy-field.ts";
import { reasons } from "../../gatewayapi/reasons.ts";
import { renderBootstrap } from "./bootstrap.ts";
import { customBootstrap } from "./custom-bootstrap.ts";

/**
 * Checks `bootstrap` of EnvoyProxies before a proxy is started with it. Where the control plane is stands in no object, so the check
 * is made with a place that no user writes.
 */
export const bootstrapField: ProxyField = {
  translate({ bootstrap }, parts) {
    if (bootstrap === undefined) return { parts, problems: [] };
    const custom = customBootstrap(somewhere, bootstrap);
    if ("bootstrap" in custom) return { parts, problems: [] };
    const message = `spec.bootstrap.${custom.mistake}`;
    return { parts, problems: [{ reason: reasons.InvalidParameters, message }], unresolved: message };
  },
};

const somewhere = renderBootstrap({
  node: { id: "proxy", cluster: "proxies" },
  xds: { address: "xds.invalid", port: 18000 },
  certificates: { certificate: "/certificate.json", trustedCa: "/trusted-ca.json" },
  systemTrustFile: "/system.pem",
});
