import { slot } from "./slot.ts";

/** Set on rules for gRPC calls: clients may call by gRPC-Web. The name is that of the feature. */
export const grpcWebSlot = slot<true>("grpc-web");

/** Set on rules for gRPC calls: they are counted. The name is that of the feature. */
export const grpcStatsSlot = slot<true>("grpc-stats");

/** Set on rules for gRPC calls that may last as long as their clients say. The name is that of the feature. */
export const grpcDeadlineSlot = slot<true>("grpc-deadline");
