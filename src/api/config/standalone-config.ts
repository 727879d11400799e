import { takeIn } from "../schema/intake.ts";
import { type EnvoyGateway, envoyGatewaySchema } from "./envoy-gateway.ts";

/**
 * The configuration where there is no file: objects from `paths` (files and folders), proxies as processes on this machine, and
 * Backends allowed, since without Kubernetes they are the plain way to name a server. Everything else has its default.
 */
export function standaloneConfig(paths: readonly string[]): EnvoyGateway {
  const { value } = takeIn(envoyGatewaySchema, {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: {
      type: "Custom",
      custom: {
        resource: { type: "File", file: { paths: [...paths] } },
        infrastructure: { type: "Host", host: {} },
      },
    },
    extensionApis: { enableBackend: true },
  });
  return value as EnvoyGateway;
}
