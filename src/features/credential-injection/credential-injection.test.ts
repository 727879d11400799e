import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { destination, httpListener, httpRoute, routeRule } from "../../../test/builders/ir.ts";
import type { HTTPRouteFilterObject } from "../../api/envoy/http-route-filter.ts";
import type { SecretEntry } from "../../gatewayapi/generic-secrets.ts";
import type { FilterPlace } from "../../gatewayapi/route-filter.ts";
import { clusterPartsSlot } from "../../ir/cluster-parts.ts";
import { secretNeedsSlot } from "../../ir/generic-secret.ts";
import type { Parts } from "../../ir/slot.ts";
import { encodeChecked } from "../../xds/translator/checked.ts";
import { neededFilters } from "../../xds/translator/needed-filters.ts";
import { credentialInjection } from "./credential-injection.ts";

const [field] = credentialInjection.extensionFields ?? [];
const valueRef = { group: "", kind: "Secret", name: "token" };

function translate(
  name: string,
  change: Partial<NonNullable<HTTPRouteFilterObject["spec"]["credentialInjection"]>> = {},
  { place = "rule", parts = {}, entry }: { place?: FilterPlace; parts?: Parts; entry?: SecretEntry } = {},
) {
  assert.ok(field);
  const object = { kind: "HTTPRouteFilter", namespace: "default", name };
  const headerSecret = () => entry ?? { secret: "default/token" };
  const spec = { credentialInjection: { credential: { valueRef }, ...change } };
  return field.translate(spec, parts, { place, matches: [], object, headerSecret });
}

function partsOf(...args: Parameters<typeof translate>): Parts {
  const outcome = translate(...args);
  assert.ok("parts" in outcome, JSON.stringify(outcome));
  return outcome.parts;
}

const secret = "credential_injector/credential/httproutefilter/default/a";

describe("the credential of a rule", () => {
  it("is a filter that is off but for its routes, and a secret asked for by name", () => {
    const route = httpRoute(routeRule({ parts: partsOf("a", { header: "x-key", overwrite: true }) }));
    const needed = neededFilters(route, [credentialInjection]);
    assert.ok("filters" in needed);
    const [filter] = needed.filters;
    assert.equal(filter?.name, "envoy.filters.http.credential_injector/httproutefilter/default/a");
    assert.equal(filter.filter.disabled, true);
    assert.deepEqual(filter.references, [{ type: "Secret", name: secret }]);
    assert.deepEqual(credentialInjection.route?.({}, route, httpListener()).typedPerFilterConfig, {
      [filter.name]: { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", config: {} },
    });
    assert.deepEqual(secretNeedsSlot.of(route.rule.parts), [{ name: secret, secret: "default/token", entry: "credential" }]);
    assert.match(JSON.stringify(filter.filter), /"overwrite":true.*"header":"x-key"/);
  });

  it("may be one of several, for other headers", () => {
    const parts = partsOf("b", { header: "x-key" }, { parts: partsOf("a") });
    const needed = neededFilters(httpRoute(routeRule({ parts })), [credentialInjection]);
    assert.equal("filters" in needed && needed.filters.length, 2);
    const again = translate("b", { header: "authorization" }, { parts: partsOf("a") });
    assert.match("problem" in again ? again.problem.message : "", /HTTPRouteFilter a sets it here already/);
  });

  it("is added next to the router", () => {
    const [filter] = credentialInjection.httpFilters?.(httpRoute(routeRule({ parts: partsOf("a") }))) ?? [];
    assert.ok(filter);
    const draft = { httpFilters: [filter.filter, { name: "other" }, { name: "router" }] };
    assert.deepEqual(
      credentialInjection.connectionManager?.(draft, {}, {}).httpFilters?.map(({ name }) => name),
      ["other", filter.filter.name, "router"],
    );
  });

  it("is refused for a header that cannot carry one, and without its Secret", () => {
    for (const header of [":path", "a b", "Host", "Content-Length"]) assert.ok("problem" in translate("a", { header }), header);
    const outcome = translate("a", {}, { entry: { mistake: "there is no Secret default/token; create it" } });
    assert.deepEqual("problem" in outcome && outcome.problem, {
      condition: "Accepted",
      reason: "UnsupportedValue",
      message: "spec.credentialInjection.credential.valueRef: there is no Secret default/token; create it",
    });
  });
});

describe("the credential of a backendRef", () => {
  it("is a filter of its cluster", () => {
    const parts = clusterPartsSlot.of(partsOf("a", {}, { place: "backend" }));
    assert.ok(parts);
    const options = credentialInjection.upstream?.({}, destination({ parts }));
    assert.equal(options?.httpFilters?.length, 1);
    assert.equal(options.httpFilters[0]?.disabled, undefined);
    assert.equal(secretNeedsSlot.of(parts)?.[0]?.name, secret);
    const message = { httpFilters: options.httpFilters, explicitHttpConfig: { httpProtocolOptions: {} } };
    assert.ok("bytes" in encodeChecked("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", message));
  });
});
