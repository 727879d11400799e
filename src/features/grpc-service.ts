import type { GrpcServiceJson } from "#envoy/envoy/config/core/v3/grpc_service_pb";

/** A server that proxies call by gRPC. */
export interface GrpcServer {
  readonly cluster: string;
  /** The host that calls are addressed to; the name of the cluster where left out. */
  readonly authority?: string;
  /** Headers of every call. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

/** How Envoy calls a server. Source: envoy/config/core/v3/grpc_service.proto. */
export function grpcService({ cluster, authority, headers = [] }: GrpcServer): GrpcServiceJson {
  return {
    envoyGrpc: { clusterName: cluster, ...(authority !== undefined && { authority }) },
    ...(headers.length > 0 && { initialMetadata: headers.map(({ name, value }) => ({ key: name, value })) }),
  };
}
