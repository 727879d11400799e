import type { ClusterJson } from "#envoy/envoy/config/cluster/v3/cluster_pb";
import type { SdsSecretConfigJson } from "#envoy/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { sdsNames } from "../../certificates/sds-files.ts";
import { typed } from "../../features/typed-config.ts";

/** The static cluster over which a proxy reaches the control plane. */
export const xdsClusterName = "xds_cluster";

/** Where the control plane is, and the SDS files by which the two know each other. */
export interface XdsClusterOptions {
  readonly xds: { readonly address: string; readonly port: number };
  readonly certificates: { readonly certificate: string; readonly trustedCa: string };
}

/** The cluster of the control plane: HTTP/2 over mutual TLS, with pings, so that a dead connection is noticed in 35 s. */
export function xdsCluster({ xds, certificates }: XdsClusterOptions): ClusterJson {
  const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return {
    name: xdsClusterName,
    type: "STATIC",
    connectTimeout: "10s",
    loadAssignment: {
      clusterName: xdsClusterName,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: xds.address, portValue: xds.port } } } }] }],
    },
    typedExtensionProtocolOptions: {
      [options]: typed(options, {
        explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive: { interval: "30s", timeout: "5s" } } },
      }),
    },
    transportSocket: {
      name: "envoy.transport_sockets.tls",
      typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
        commonTlsContext: {
          tlsParams: { tlsMaximumProtocolVersion: "TLSv1_3" },
          tlsCertificateSdsSecretConfigs: [fromFile(sdsNames.certificate, certificates.certificate)],
          validationContextSdsSecretConfig: fromFile(sdsNames.trustedCa, certificates.trustedCa),
        },
      }),
    },
  };
}

function fromFile(name: string, path: string): SdsSecretConfigJson {
  return { name, sdsConfig: { pathConfigSource: { path }, resourceApiVersion: "V3" } };
}
