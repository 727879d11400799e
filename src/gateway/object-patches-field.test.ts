import assert from "node:assert/strict";
import { test } from "node:test";
import { envoyProxy, gateway, gatewayClass, listener } from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";
import { objectPatchesField } from "./object-patches-field.ts";

test("a patch that cannot be applied is told in the status of the Gateway, and changes nothing", () => {
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "p" };
  const patched = (value: object) =>
    envoyProxy("infra/p", { provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { patch: { value } } } } });
  const containers = (image: object) => ({ spec: { template: { spec: { containers: [image] } } } });
  const objects = [gatewayClass(), gateway("infra/gw", [listener("http")], { infrastructure: { parametersRef } })];
  const translation = translate([...objects, patched(containers({ image: "x" }))], { proxyFields: [objectPatchesField] });
  assert.match(
    translation.infra.get("infra/gw")?.unresolved ?? "",
    /^spec\.provider\.kubernetes\.envoyDeployment\.patch: .* has no name/,
  );
  const accepted = () => translation.gatewayStatus("infra/gw").conditions.find(({ type }) => type === "Accepted");
  assert.match(accepted()?.message ?? "", /envoyDeployment\.patch/);
  translation.apply(patched(containers({ name: "envoy", image: "x" })));
  assert.equal(translation.infra.get("infra/gw")?.unresolved, undefined);
  assert.equal(accepted()?.status, "True");
});
