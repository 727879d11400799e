import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerWith } from "../../../test/builders/client-settings.ts";

test("one path is answered by the proxy itself", () => {
  const { proxy } = listenerWith({ healthCheck: { path: "/well" } });
  const [first] = proxy.http_filters as readonly { name: string; typed_config: { headers: unknown } }[];
  assert.equal(first?.name, "envoy.filters.http.health_check");
  assert.deepEqual(first?.typed_config.headers, [{ name: ":path", string_match: { exact: "/well" } }]);
});
