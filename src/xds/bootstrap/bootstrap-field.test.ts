import assert from "node:assert/strict";
import { test } from "node:test";
import { envoyProxy, gateway, gatewayClass, listener } from "../../../test/builders/objects.ts";
import { translate } from "../../../test/builders/translation.ts";
import { bootstrapField } from "./bootstrap-field.ts";

test("proxies go on as they are where none could be started with the bootstrap, which is told", () => {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "p" };
  const bootstrap = (value: string) => envoyProxy("infra/p", { bootstrap: { type: "Merge", value } });
  const objects = [gatewayClass(), gateway("infra/gw", [listener("http")], { infrastructure: { parametersRef } })];
  const translation = translate([...objects, bootstrap("nobody_knows: 1")], { proxyFields: [bootstrapField] });
  assert.match(translation.infra.get("infra/gw")?.unresolved ?? "", /^spec\.bootstrap\..*nobody_knows/);
  const accepted = () => translation.gatewayStatus("infra/gw").conditions.find(({ type }) => type === "Accepted");
  assert.match(accepted()?.message ?? "", /^the EnvoyProxy of Gateway infra\/gw: spec\.bootstrap\..*nobody_knows/);
  translation.apply(bootstrap("overload_manager: {refresh_interval: 0.75s}"));
  assert.equal(translation.infra.get("infra/gw")?.unresolved, undefined);
  assert.equal(accepted()?.status, "True");
});
