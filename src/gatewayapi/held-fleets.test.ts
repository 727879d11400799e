import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gateway, gatewayClass, listener } from "../../test/builders/objects.ts";
import { translate } from "../../test/builders/translation.ts";

const why = "it is not what a Gateway can be";
const http = [listener("http")];

describe("fleets of Gateways that cannot be read", () => {
  it("are left as they are, as long as the Gateway is there", () => {
    const translation = translate([gatewayClass(), gateway("infra/other", http)]);
    translation.running.unreadable.set("Gateway/infra/gw", why);
    const held = translation.infra.get("infra/gw");
    assert.deepEqual([held?.unresolved, held?.owner.name, held?.listeners], [why, "gw", []]);
    assert.equal(translation.infra.get("infra/other")?.unresolved, undefined);
    translation.running.unreadable.delete("Gateway/infra/gw");
    assert.deepEqual([...translation.infra.keys()], ["infra/other"]);
  });

  it("are those of all Gateways of a class that cannot be read, and the one that they may share", () => {
    const translation = translate([gateway("infra/a", http), gateway("infra/b", http, { gatewayClassName: "other" })]);
    assert.equal(translation.infra.size, 0);
    translation.running.unreadable.set("GatewayClass//eg", why);
    assert.deepEqual([...translation.infra.keys()].sort(), ["eg", "infra/a"]);
  });

  it("run on as usual where an older version of the Gateway is known", () => {
    const translation = translate([gatewayClass(), gateway("infra/gw", http)]);
    const before = translation.infra.get("infra/gw");
    translation.running.unreadable.set("Gateway/infra/gw", why);
    assert.equal(translation.infra.get("infra/gw"), before);
  });
});
