import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { SdsSecretConfigJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import type { HttpProtocolOptionsJson } from "#envoy/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";
import { sdsNames } from "../../certificates/sds-files.ts";
import { typed } from "../../features/typed-config.ts";

/** The static cluster over which a proxy reaches the control plane. */
export const xdsClusterName = "xds_cluster";

/** Where the control plane is, and the SDS files by which the two know each other. */
export interface XdsClusterOptions {
  /** An IP address, or a host name, which is looked up again and again. */
  readonly xds: { readonly address: string; readonly port: number; readonly isHostname?: boolean };
  /** Without `certificate`, the proxy shows none and must send a token. */
  readonly certificates: { readonly certificate?: string; readonly trustedCa: string };
  /** The SDS file of a token that every request carries. */
  readonly token?: string;
}

/** The cluster of the control plane: HTTP/2 over TLS, with pings, so that a dead connection is noticed in 35 s. */
export function xdsCluster({ xds, certificates, token }: XdsClusterOptions): ClusterJson {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const weight = xds.isHostname === true ? { loadBalancingWeight: 1 } : {};
  const endpoint = { address: { socketAddress: { address: xds.address, portValue: xds.port } } };
  const { certificate, trustedCa } = certificates;
  return {
    name: xdsClusterName,
    type: xds.isHostname === true ? "STRICT_DNS" : "STATIC",
    connectTimeout: "10s",
    loadAssignment: { clusterName: xdsClusterName, endpoints: [{ ...weight, lbEndpoints: [{ ...weight, endpoint }] }] },
    typedExtensionProtocolOptions: {
      [options]: typed(options, {
        explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive: { interval: "30s", timeout: "5s" } } },
        ...(token !== undefined && { httpFilters: tokenFilters(token) }),
      }),
    },
    transportSocket: {
      name: "envoy.transport_sockets.tls",
      typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
        commonTlsContext: {
          tlsParams: { tlsMaximumProtocolVersion: "TLSv1_3" },
          ...(certificate !== undefined && { tlsCertificateSdsSecretConfigs: [fromFile(sdsNames.certificate, certificate)] }),
          validationContextSdsSecretConfig: fromFile(sdsNames.trustedCa, trustedCa),
        },
      }),
    },
  };
}

/** Adds the token to every request as `authorization: Bearer`, and gives requests up rather than send them without. */
function tokenFilters(file: string): NonNullable<HttpProtocolOptionsJson["httpFilters"]> {
  const generic = typed("envoy.extensions.http.injected_credentials.generic.v3.Generic", {
    credential: fromFile(sdsNames.token, file),
    headerValuePrefix: "Bearer ",
  });
  const injector = typed("envoy.extensions.filters.http.credential_injector.v3.CredentialInjector", {
    credential: { name: "envoy.http.injected_credentials.generic", typedConfig: generic },
    overwrite: true,
  });
  const codec = typed("envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec", {});
  return [
    { name: "envoy.filters.http.credential_injector", typedConfig: injector },
    { name: "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec", typedConfig: codec },
  ];
}

function fromFile(name: string, path: string): SdsSecretConfigJson {
  return { name, sdsConfig: { pathConfigSource: { path }, resourceApiVersion: "V3" } };
}
