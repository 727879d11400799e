import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteJson } from "#envoy/envoy/config/route/v3/route_components_pb";
import { httpListener, httpRoute } from "../../../test/builders/ir.ts";
import { grpcDeadline } from "./grpc-deadline.ts";

describe("the deadline of gRPC calls", () => {
  const routed = (draft: RouteJson) => grpcDeadline.route?.(draft, httpRoute(), httpListener());

  it("is the client's: the proxy sets none", () => {
    assert.deepEqual(routed({ route: { cluster: "c" } }), { route: { cluster: "c", timeout: "0s" } });
  });

  it("is not touched where another feature set one, and where nothing is forwarded", () => {
    assert.deepEqual(routed({ route: { cluster: "c", timeout: "1s" } }), { route: { cluster: "c", timeout: "1s" } });
    assert.deepEqual(routed({ directResponse: { status: 503 } }), { directResponse: { status: 503 } });
  });
});
