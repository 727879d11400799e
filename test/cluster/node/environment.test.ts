import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentOf, expand, fieldOf, type ReadData } from "./environment.ts";
import type { Pod } from "./objects.ts";

const pod: Pod = {
  metadata: { name: "web-1", namespace: "shop", uid: "1", resourceVersion: "1", annotations: { zone: "z1" } },
  spec: { containers: [] },
};
const read: ReadData = async (plural) => ({
  metadata: pod.metadata,
  data: plural === "secrets" ? { key: Buffer.from("hidden").toString("base64") } : { key: "shown" },
});

test("references to variables are replaced, unknown ones and escaped ones are not", () => {
  assert.equal(expand("--node=$(NAME) $(OTHER) $$(NAME)", { NAME: "web-1" }), "--node=web-1 $(OTHER) $(NAME)");
});

test("variables come from values, fields, Secrets and ConfigMaps; what the image sets stays where the container does not set it", async () => {
  const container = {
    name: "web",
    image: "web",
    env: [
      { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "NODE", value: "node-of-$(NAME)" },
      { name: "SECRET", valueFrom: { secretKeyRef: { name: "s", key: "key" } } },
      { name: "SHOWN", valueFrom: { configMapKeyRef: { name: "c", key: "key" } } },
    ],
  };
  const image = { mounts: [], entrypoint: [], environment: { CACHE: "/c" } };
  const { NAME, NODE, SECRET, SHOWN, CACHE } = await environmentOf(pod, "10.244.1.1", container, image, read);
  assert.deepEqual([NAME, NODE, SECRET, SHOWN, CACHE], ["web-1", "node-of-web-1", "hidden", "shown", "/c"]);
});

test("fields of the pod are given; annotations that are not there are empty; unknown fields are errors", () => {
  assert.equal(fieldOf(pod, "10.244.1.1", "status.podIP"), "10.244.1.1");
  assert.equal(fieldOf(pod, "", "metadata.annotations['zone']"), "z1");
  assert.equal(fieldOf(pod, "", "metadata.annotations['other']"), "");
  assert.throws(() => fieldOf(pod, "", "spec.priority"), /spec\.priority/);
});
