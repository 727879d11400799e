import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../../api/admission.ts";
import { objectsIn } from "./documents.ts";

const slice = (metadata: object, address = "10.0.0.1") => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata,
  addressType: "IPv4",
  endpoints: [{ addresses: [address] }],
});

const labels = { "kubernetes.io/service-name": "app" };

function nameOf(document: unknown): string | undefined {
  const [raw] = objectsIn(document);
  const outcome = admit(raw?.value);
  return "object" in outcome ? outcome.object.metadata.name : undefined;
}

test("a nameless EndpointSlice of a file is named after its Service and its content", () => {
  const name = nameOf(slice({ labels })) ?? "";
  assert.match(name, /^app-[0-9a-f]{10}$/);
  assert.equal(nameOf(slice({ labels, name: "" })) === undefined, false);
  assert.notEqual(nameOf(slice({ labels }, "10.0.0.2")), name);
  const { metadata, ...rest } = slice({ labels });
  assert.equal(nameOf({ metadata, ...rest }), name);
});

test("names that are given stay, and other kinds need one", () => {
  assert.equal(nameOf(slice({ name: "mine", labels })), "mine");
  assert.match(nameOf(slice({})) ?? "", /^slice-/);
  assert.equal(nameOf({ apiVersion: "v1", kind: "ConfigMap", metadata: {} }), undefined);
  assert.equal(nameOf({ ...slice({}), metadata: null }), undefined);
});

test("items of lists are named, too", () => {
  const list = { apiVersion: "v1", kind: "List", items: [slice({ labels }), slice({ labels }, "10.0.0.2")] };
  const names = objectsIn(list).map(({ value }) => (value as { metadata: { name: string } }).metadata.name);
  assert.equal(new Set(names).size, 2);
});
