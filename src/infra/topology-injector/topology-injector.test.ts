import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { issue } from "../../../test/builders/certificates.ts";
import { memoryCluster } from "../../../test/kubernetes/memory-cluster.ts";
import { writeCertificateFiles } from "../../certificates/certificate-files.ts";
import type { TlsMaterial } from "../../certificates/material.ts";
import { createLogs } from "../../log/logger.ts";
import { openTopologyInjector, type TopologyInjector } from "./topology-injector.ts";

const proxy = { "app.kubernetes.io/managed-by": "envoy-gateway", "app.kubernetes.io/component": "proxy" };
const zone = "topology.kubernetes.io/zone";

function binding(pod: string, node: string, annotations?: object) {
  const object = {
    metadata: { name: pod, namespace: "edge", ...(annotations && { annotations }) },
    target: { kind: "Node", name: node },
  };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { uid: "u-1", namespace: "edge", object } };
}

describe("the topology injector", () => {
  const folder = mkdtempSync(join(tmpdir(), "topology-"));
  const { client, objects } = memoryCluster();
  const outcomes: string[] = [];
  let injector: TopologyInjector;
  let material: TlsMaterial;

  const renew = async () => {
    const { certificate, key } = await issue(["envoy-gateway.edge.svc"]);
    material = { certificate, key, ca: certificate };
    await writeCertificateFiles(folder, material);
  };
  const post = async (body: string, { path = "/inject-pod-topology", method = "POST" } = {}) => {
    const { ca } = material;
    const options = {
      host: "127.0.0.1",
      port: injector.port,
      servername: "envoy-gateway.edge.svc",
      ca,
      path,
      method,
      agent: false,
    };
    const sent = request(options);
    sent.end(body);
    const [response] = await once(sent, "response");
    return { status: response.statusCode as number, body: await text(response) };
  };
  const review = async (body: object) => {
    const { status, body: answer } = await post(JSON.stringify(body));
    assert.equal(status, 200);
    const { response } = JSON.parse(answer);
    assert.equal(response.uid, "u-1");
    assert.equal(response.allowed, true);
    return response.patch === undefined ? undefined : JSON.parse(Buffer.from(response.patch, "base64").toString());
  };

  before(async () => {
    await renew();
    for (const [path, labels] of [
      ["/api/v1/namespaces/edge/pods/proxy", proxy],
      ["/api/v1/namespaces/edge/pods/shop", { app: "shop" }],
      ["/api/v1/nodes/n1", { [zone]: "z1" }],
      ["/api/v1/nodes/n2", {}],
    ] as const) {
      objects.set(path, { metadata: { name: path, labels } });
    }
    const log = createLogs({}, { write: () => {} }).for("infrastructure");
    const onReview = (outcome: string) => void outcomes.push(outcome);
    injector = await openTopologyInjector({ client, folder, certificates: material, host: "127.0.0.1", port: 0, log, onReview });
  });
  after(async () => {
    await injector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("tells a proxy the zone of its node", async () => {
    assert.deepEqual(await review(binding("proxy", "n1")), [
      { op: "add", path: "/metadata/annotations", value: { [zone]: "z1" } },
    ]);
    assert.deepEqual(await review(binding("proxy", "n1", { a: "b" })), [
      { op: "add", path: "/metadata/annotations/topology.kubernetes.io~1zone", value: "z1" },
    ]);
    assert.deepEqual(outcomes.splice(0), ["told", "told"]);
  });

  it("leaves other pods alone, and proxies on nodes without a zone", async () => {
    assert.equal(await review(binding("shop", "n1")), undefined);
    assert.equal(await review(binding("proxy", "n2")), undefined);
    assert.deepEqual(outcomes.splice(0), ["left alone", "left alone"]);
  });

  it("keeps no pod from its node when it does not know better", async () => {
    assert.equal(await review(binding("nobody", "n1")), undefined);
    assert.equal(await review({ request: { uid: "u-1", object: { kind: "Pod" } } }), undefined);
    assert.deepEqual(outcomes.splice(0), ["failed", "failed"]);
  });

  it("answers nothing else", async () => {
    assert.equal((await post("{}", { path: "/" })).status, 404);
    assert.equal((await post("", { method: "GET" })).status, 405);
    assert.equal((await post("{")).status, 400);
  });

  it("takes renewed certificates", async () => {
    await renew();
    for (let left = 100; ; left--) {
      const answered = await post("{", {}).then(
        ({ status }) => status === 400,
        () => false,
      );
      if (answered) return;
      assert.ok(left > 0, "the old certificate is still shown");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
