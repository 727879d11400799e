import { grpcWebSlot } from "../../ir/grpc.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

/** Browsers call gRPC methods by gRPC-Web, over HTTP/1.1 or HTTP/2: the proxy turns such requests into gRPC calls. */
export const grpcWeb: Feature = {
  name: grpcWebSlot.name,
  httpFilter: {
    name: "envoy.filters.http.grpc_web",
    typedConfig: typed("envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", {}),
  },
};
