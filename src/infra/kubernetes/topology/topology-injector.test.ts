import assert from "node:assert/strict";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { issueCertificates } from "../../../certificates/issue.ts";
import { type ApiClient, ApiError } from "../../../kubernetes/api-client.ts";
import { silentLogger } from "../../../log/logger.ts";
import { reviewBinding } from "./binding-review.ts";
import { createTopologyInjector } from "./topology-injector.ts";

const proxyLabels = {
  "app.kubernetes.io/name": "envoy",
  "app.kubernetes.io/component": "proxy",
  "app.kubernetes.io/managed-by": "envoy-gateway",
  "gateway.envoyproxy.io/owning-gatewayclass": "eg",
};
const zone = "topology.kubernetes.io/zone";

function cluster(objects: Readonly<Record<string, object>>): ApiClient {
  return {
    async request({ path }) {
      const labels = objects[path];
      if (labels === undefined) throw new ApiError(404, "NotFound", `${path} not found`);
      return { metadata: { labels } };
    },
    watch: () => assert.fail("nothing is watched"),
    close: () => {},
  };
}

const client = cluster({
  "/api/v1/namespaces/envoy/pods/proxy": proxyLabels,
  "/api/v1/namespaces/envoy/pods/other": { app: "x" },
  "/api/v1/nodes/n1": { [zone]: "zone-a" },
  "/api/v1/nodes/n2": {},
});

function question(pod: string, node: string, annotations?: object) {
  const object = {
    metadata: { name: pod, namespace: "envoy", ...(annotations && { annotations }) },
    target: { kind: "Node", name: node },
  };
  return { kind: "AdmissionReview", request: { uid: "u1", namespace: "envoy", object } };
}

async function reviewed(asked: unknown, namespaces?: readonly string[]) {
  const found = await reviewBinding(asked, { client, namespaces, signal: new AbortController().signal });
  const patch = found?.review.response.patch;
  return {
    outcome: found?.outcome,
    response: found?.review.response,
    patch: patch && JSON.parse(Buffer.from(patch, "base64").toString()),
  };
}

describe("the topology injector", () => {
  it("gives the binding of a proxy's pod the zone of the node", async () => {
    const { response, patch, outcome } = await reviewed(question("proxy", "n1"));
    assert.equal(outcome, "injected");
    assert.equal(response?.uid, "u1");
    assert.deepEqual(patch, [{ op: "add", path: "/metadata/annotations", value: { [zone]: "zone-a" } }]);
    const { patch: added } = await reviewed(question("proxy", "n1", { a: "b" }));
    assert.deepEqual(added, [{ op: "add", path: "/metadata/annotations/topology.kubernetes.io~1zone", value: "zone-a" }]);
  });

  it("leaves other pods, and nodes without a zone, as they are", async () => {
    assert.deepEqual((await reviewed(question("other", "n1"))).response, { uid: "u1", allowed: true });
    assert.equal((await reviewed(question("proxy", "n2"))).outcome, "skipped");
    assert.equal((await reviewed(question("missing", "n1"), ["other"])).outcome, "skipped");
  });

  it("keeps no pod from being bound when it cannot learn the zone", async () => {
    const { outcome, response } = await reviewed(question("proxy", "missing"));
    assert.equal(outcome, "failed");
    assert.equal(response?.allowed, true);
  });

  it("answers the API server over TLS", async () => {
    const certificates = (await issueCertificates({ local: true }))["envoy-gateway"];
    const outcomes: string[] = [];
    const injector = createTopologyInjector({
      client,
      certificates,
      log: silentLogger,
      answered: (outcome) => outcomes.push(outcome),
    });
    await new Promise<void>((resolve) => injector.server.listen(0, "127.0.0.1", resolve));
    const { port } = injector.server.address() as AddressInfo;
    const ask = (path: string, body: string, method = "POST") =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, method, ca: certificates.ca, agent: false };
        const outgoing = request(options, (response) => {
          let text = "";
          response.on("data", (chunk) => (text += chunk));
          response.on("end", () => resolve({ status: response.statusCode, text }));
        });
        outgoing.on("error", reject);
        outgoing.end(body);
      });
    const { status, text } = await ask("/inject-pod-topology", JSON.stringify(question("proxy", "n1")));
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).response.patchType, "JSONPatch");
    assert.equal((await ask("/inject-pod-topology", "{")).status, 400);
    assert.equal((await ask("/inject-pod-topology", "{}")).status, 400);
    assert.equal((await ask("/inject-pod-topology", "", "GET")).status, 405);
    assert.equal((await ask("/other", "")).status, 404);
    assert.deepEqual(outcomes, ["injected"]);
    injector.setCertificates(certificates);
    await new Promise((resolve) => injector.server.close(resolve));
  });
});
