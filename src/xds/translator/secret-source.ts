/**
 * Where proxies get secrets from: from us, or from a server on their own machine.
 * Source: envoy/config/core/v3/config_source.proto (ApiConfigSource); names as in Envoy Gateway v1.9.
 */
import { hash } from "node:crypto";
import type { SdsSecretConfigJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { secretByName } from "../../features/secret-by-name.ts";
import type { OutsideSecret, SecretSource } from "../../ir/outside-secret.ts";
import type { ResourceReference } from "../resource.ts";

/**
 * How a secret is asked for. For one secret it is the same wherever it stands: Envoy takes another text for another secret, and would
 * have to fetch it anew.
 */
export function secretFrom(source: SecretSource): SdsSecretConfigJson {
  if (typeof source === "string") return secretByName(source);
  const envoyGrpc = { clusterName: secretServerName(source) };
  return { name: source.name, sdsConfig: { apiConfigSource: { apiType: "GRPC", grpcServices: [{ envoyGrpc }] } } };
}

/** What has to be there for a secret: the secret itself, or the cluster of the server that has it. */
export function neededFor(source: SecretSource): ResourceReference {
  if (typeof source === "string") return { type: "Secret", name: source };
  return { type: "Cluster", name: secretServerName(source) };
}

/** So much of a path is in the name of a cluster, for people; the digest after it tells paths apart. */
const shownPath = 48;

/** The cluster of the server that has a secret. */
export function secretServerName({ socket }: Pick<OutsideSecret, "socket">): string {
  const shown = socket.slice(1).replaceAll("/", "_").slice(0, shownPath);
  return `sds_${shown}_${hash("sha256", socket, "hex").slice(0, 32)}`;
}
