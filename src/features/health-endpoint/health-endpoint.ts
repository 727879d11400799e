/** Health checks by clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HealthCheckSettings). */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

const part = slot<string>("health-endpoint");

/** Clients, like load balancers, learn whether the proxy is well: it answers with 503 while it is drained, else with 200. */
export const healthEndpoint: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate: ({ healthCheck }, parts) => ({ parts: healthCheck === undefined ? parts : part.set(parts, healthCheck.path) }),
  },
  listenerHttpFilter(own) {
    const path = part.of(own);
    if (path === undefined) return undefined;
    return {
      name: "envoy.filters.http.health_check",
      typedConfig: typed("envoy.extensions.filters.http.health_check.v3.HealthCheck", {
        passThroughMode: false,
        headers: [{ name: ":path", stringMatch: { exact: path } }],
      }),
    };
  },
};
