import type { SdsSecretConfigJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";

/** A secret that is asked for by its name, over the connection that all configuration comes by (SDS over ADS). */
export function secretByName(name: string): SdsSecretConfigJson {
  return { name, sdsConfig: { ads: {}, initialFetchTimeout: "0s", resourceApiVersion: "V3" } };
}
