import assert from "node:assert/strict";
import { test } from "node:test";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import { requestId } from "./request-id.ts";

const table = [
  ["PackAndSample", true, true],
  ["Pack", true, false],
  ["Sample", false, true],
  ["Disable", false, false],
] as const;

for (const [tracing, packTraceReason, useRequestIdForTraceSampling] of table) {
  test(`${tracing} says whether an ID tells and decides about tracing`, () => {
    const spec = { logging: { level: {} }, telemetry: { requestID: { tracing } } };
    const parts = requestId.proxyField?.translate(spec, {}, proxySite).parts ?? {};
    assert.deepEqual(requestId.connectionManager?.({}, parts, {}).requestIdExtension, {
      typedConfig: {
        "@type": "type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
        packTraceReason,
        useRequestIdForTraceSampling,
      },
    });
  });
}

test("left out, Envoy's own way stays", () => {
  const parts = requestId.proxyField?.translate({ logging: { level: {} }, telemetry: { requestID: {} } }, {}, proxySite).parts;
  assert.deepEqual(requestId.connectionManager?.({}, parts ?? {}, {}), {});
});
