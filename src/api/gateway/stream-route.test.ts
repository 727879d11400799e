/** The versions of the routes for connections and datagrams: old ones take more than v1, and are told apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../admission.ts";
import { builtKinds } from "../kinds.ts";
import { customResourceDefinition } from "../schema/crd.ts";

const group = "gateway.networking.k8s.io";
const rules = (count: number) => Array.from({ length: count }, () => ({ backendRefs: [{ name: "a", port: 1 }] }));

function refusalOf(version: string, kind: string, spec: object): string | undefined {
  const verdict = admit({ apiVersion: `${group}/${version}`, kind, metadata: { name: "a" }, spec });
  return "problems" in verdict ? verdict.message : undefined;
}

for (const kind of ["TCPRoute", "UDPRoute"]) {
  test(`a ${kind} has one rule in v1, and up to 16 in v1alpha2`, () => {
    assert.equal(refusalOf("v1", kind, { rules: rules(1) }), undefined);
    assert.match(refusalOf("v1", kind, { rules: rules(2) }) ?? "", /spec\.rules: Too many: 2/);
    assert.equal(refusalOf("v1alpha2", kind, { rules: rules(16) }), undefined);
    assert.match(refusalOf("v1alpha2", kind, { rules: rules(17) }) ?? "", /spec\.rules: Too many: 17/);
    const named = rules(2).map((rule) => ({ ...rule, name: "same" }));
    assert.match(refusalOf("v1alpha2", kind, { rules: named }) ?? "", /Rule name must be unique within the route/);
  });
}

test("a TLSRoute needs hostnames from v1alpha3 on", () => {
  for (const version of ["v1", "v1alpha3"]) {
    assert.match(refusalOf(version, "TLSRoute", { rules: rules(1) }) ?? "", /spec\.hostnames: Required value/);
    assert.match(refusalOf(version, "TLSRoute", { hostnames: ["1.2.3.4"], rules: rules(1) }) ?? "", /cannot contain an IP/);
  }
  assert.equal(refusalOf("v1alpha2", "TLSRoute", { rules: rules(2) }), undefined);
  assert.equal(refusalOf("v1alpha2", "TLSRoute", { hostnames: ["1.2.3.4"], rules: rules(1) }), undefined);
});

test("whatever the version, the object that is admitted is of v1", () => {
  const document = { apiVersion: `${group}/v1alpha2`, kind: "TCPRoute", metadata: { name: "a" }, spec: { rules: rules(2) } };
  const verdict = admit(document);
  assert.ok("object" in verdict);
  assert.equal(verdict.object.apiVersion, `${group}/v1`);
});

test("definitions have each version with its own schema, and a warning for old ones", () => {
  const kind = builtKinds.find(({ kind: name }) => name === "TLSRoute");
  assert.ok(kind !== undefined);
  const { versions } = customResourceDefinition(kind).spec;
  assert.deepEqual(
    versions.map(({ name, storage, deprecated = false }) => [name, storage, deprecated]),
    [
      ["v1", true, false],
      ["v1alpha2", false, true],
      ["v1alpha3", false, true],
    ],
  );
  assert.notDeepEqual(versions[1]?.schema, versions[0]?.schema);
  assert.deepEqual(versions[2]?.schema, versions[0]?.schema);
});
