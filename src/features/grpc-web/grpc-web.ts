import { grpcWebSlot } from "../../ir/grpc.ts";
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import { typed } from "../typed-config.ts";

/** The part of a listener: whether browsers can call there, whatever its routes need. */
const choicePart = slot<boolean>("grpc-web-choice");

/** Browsers call gRPC methods by gRPC-Web, over HTTP/1.1 or HTTP/2: the proxy turns such requests into gRPC calls. */
export const grpcWeb: Feature = {
  name: grpcWebSlot.name,
  listenerField: {
    httpOnly: true,
    translate({ grpc }, parts) {
      const enabled = grpc?.enableWeb;
      return { parts: enabled === undefined ? parts : choicePart.set(parts, enabled) };
    },
  },
  hasHttpFilter: (used, _fleet, own) => choicePart.of(own) ?? used,
  httpFilter: {
    name: "envoy.filters.http.grpc_web",
    typedConfig: typed("envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", {}),
  },
};
