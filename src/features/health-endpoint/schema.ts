/** Health checks by clients. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (HealthCheckSettings). */
import { object, string } from "../../api/schema/vocabulary.ts";

/** Where clients ask whether the listener is well. */
export const healthEndpoint = object("Where clients, like load balancers, ask whether the proxy is well.", {
  path: string("Requests for this path are answered by the proxy itself.", { minLength: 1, maxLength: 1024 }),
});
