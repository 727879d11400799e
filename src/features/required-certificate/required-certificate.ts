/** Certificates of clients that must be there, whoever issued them. Source: Envoy Gateway v1.9, tls_types.go (ClientValidationModeType). */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

const part = slot<true>("required-certificate");

/**
 * Mode RequireAny without CA certificates. Envoy wants certificates only where it has something to check them against
 * (`require_client_certificate` alone turns nobody away), so that a filter ends connections without one.
 * @param compatible as Envoy Gateway: clients without a certificate are let in
 */
export function requiredCertificate(compatible: boolean): Feature {
  return {
    name: part.name,
    listenerField: {
      translate({ tls }, parts, { secure }) {
        const { mode, caCertificateRefs = [] } = tls?.clientValidation ?? {};
        const applies = !compatible && secure && mode === "RequireAny" && caCertificateRefs.length === 0;
        return { parts: applies ? part.set(parts, true) : parts };
      },
    },
    networkFilters(own, statPrefix) {
      if (part.of(own) === undefined) return [];
      // Without a name to compare, Envoy would take every connection with TLS as authenticated.
      const anyName = { principalName: { safeRegex: { regex: ".+" } } };
      const anyCertificate = { permissions: [{ any: true }], principals: [{ authenticated: anyName }] };
      const typedConfig = typed("envoy.extensions.filters.network.rbac.v3.RBAC", {
        statPrefix,
        rules: { action: "ALLOW", policies: { "any certificate": anyCertificate } },
      });
      return [{ name: "envoy.filters.network.rbac", typedConfig }];
    },
  };
}
