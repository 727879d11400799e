import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { httpListener, prefixMatch } from "../../../test/builders/ir.ts";
import type { Naming } from "../../ir/naming.ts";
import type { RuleId } from "../../ir/xds.ts";
import { compatibleNaming, compatibleNamingV2, stableNaming } from "./names.ts";

const rule = (index: number, ruleName?: string): RuleId => ({
  kind: "httproute",
  namespace: "default",
  name: "app",
  index,
  ...(ruleName !== undefined && { ruleName }),
});

describe("compatible names", () => {
  const first = httpListener({ name: "default/eg/http" });
  const second = httpListener({ name: "default/eg/other", hostname: "a.example.com" });

  it("are those of Envoy Gateway v1.9", () => {
    const cluster = compatibleNaming.cluster({ rule: rule(2), digest: "0123456789abcdef" });
    assert.equal(cluster, "httproute/default/app/rule/2");
    assert.equal(compatibleNaming.setting(cluster, 1), "httproute/default/app/rule/2/backend/1");
    assert.equal(compatibleNaming.listener(first), "default/eg/http");
    assert.equal(compatibleNaming.routeConfiguration(second, first), "default/eg/http");
    assert.equal(compatibleNaming.virtualHost(second, "a.example.com"), "default/eg/other/a_example_com");
    const match = prefixMatch("/");
    assert.equal(
      compatibleNaming.route(rule(0), 1, match, "*.example.com"),
      "httproute/default/app/rule/0/match/1/*_example_com",
    );
    assert.equal(compatibleNaming.route(rule(0), -1, match, "*"), "httproute/default/app/rule/0/match/-1/*");
  });

  it("name the cluster of a mirror after its filter, and the variant of a route before its host", () => {
    const cluster = compatibleNaming.cluster({ rule: rule(0), digest: "0123456789abcdef", mirrorIndex: 2 });
    assert.equal(cluster, "httproute/default/app/rule/0-mirror-2");
    assert.equal(compatibleNaming.setting(cluster, -1), "httproute/default/app/rule/0-mirror-2/backend/-1");
    assert.equal(
      compatibleNaming.route(rule(0), 0, prefixMatch("/"), "a.example.com", "cors-preflight"),
      "httproute/default/app/rule/0/match/0/cors-preflight/a_example_com",
    );
  });

  it("name the cluster of one backendRef, and its locality, after it", () => {
    const cluster = compatibleNaming.cluster({ rule: rule(0), digest: "0123456789abcdef", backendIndex: 1 });
    assert.equal(cluster, "httproute/default/app/rule/0/backend/1");
    assert.equal(compatibleNaming.setting(cluster, 1), cluster);
  });

  it("keep HTTPS listeners apart", () => {
    const https = httpListener({ name: "default/eg/https", protocol: "HTTPS", externalPort: 443, port: 10443 });
    assert.equal(compatibleNaming.routeConfiguration(https, first), "default/eg/https");
  });

  it("follow ports and hosts under XDSNameSchemeV2", () => {
    assert.equal(compatibleNamingV2.listener(first), "tcp-80");
    assert.equal(compatibleNamingV2.routeConfiguration(second, first), "http-80");
    assert.equal(compatibleNamingV2.virtualHost(second, "a.example.com"), "a_example_com");
    assert.equal(compatibleNamingV2.cluster({ rule: rule(2), digest: "00" }), "httproute/default/app/rule/2");
  });
});

describe("stable names", () => {
  it("tell ports, addresses and hosts apart", () => {
    assert.equal(stableNaming.listener(httpListener({ port: 8080 })), "tcp-8080");
    assert.equal(stableNaming.listener(httpListener({ port: 8080, address: "::" })), "tcp-[::]-8080");
    const https = httpListener({ protocol: "HTTPS", port: 8443, hostname: "*.example.com" });
    assert.equal(stableNaming.routeConfiguration(https, https), "https-8443/*.example.com");
  });

  it("name a cluster after what it reaches, not after its rule's place", () => {
    const name = (index: number, digest: string) => stableNaming.cluster({ rule: rule(index), digest });
    assert.equal(name(0, "0123456789abcdef"), "httproute/default/app/0123456789ab");
    assert.equal(name(7, "0123456789abcdef"), name(0, "0123456789abcdef"));
    assert.notEqual(name(0, "1123456789abcdef"), name(0, "0123456789abcdef"));
  });

  it("do not change when the rules of a route are reordered or removed", () => {
    const edit = fc.uniqueArray(
      fc.record({ path: fc.stringMatching(/^\/[a-z]{1,8}$/), name: fc.option(fc.stringMatching(/^[a-z]{1,5}$/)) }),
      {
        selector: ({ path }) => path,
        minLength: 1,
      },
    );
    const kept = edit.chain((rules) => fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: 1 })));
    fc.assert(
      fc.property(kept, ([before, after]) => {
        const old = namesOf(stableNaming, before);
        for (const [path, name] of namesOf(stableNaming, after)) assert.equal(name, old.get(path));
        assert.equal(new Set(old.values()).size, before.length, "and different rules have different names");
      }),
    );
  });

  it("depend on every part of a match", () => {
    const header = { name: "x-a", match: { type: "exact", value: "1" } } as const;
    const matches = [
      prefixMatch("/"),
      prefixMatch("/a"),
      { ...prefixMatch("/a"), path: { type: "exact", value: "/a" } as const },
      prefixMatch("/a", { headers: [header] }),
      prefixMatch("/a", { query: [header] }),
      prefixMatch("/a", { headers: [{ ...header, match: { type: "regex", value: "1" } }] }),
      prefixMatch("/a", { headers: [{ ...header, name: "x-b" }] }),
    ];
    const names = matches.map((match, index) => stableNaming.route(rule(0), index, match, "*"));
    assert.equal(new Set(names).size, matches.length);
  });
});

function namesOf(naming: Naming, rules: readonly { path: string; name: string | null }[]): Map<string, string> {
  return new Map(rules.map(({ path, name }, i) => [path, naming.route(rule(i, name ?? undefined), 0, prefixMatch(path), "*")]));
}
