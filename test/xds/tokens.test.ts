import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CertificateSet, issueCertificates } from "../../src/certificates/issue.ts";
import { verifyProxyTokens } from "../../src/gateway/proxy-tokens.ts";
import { createGraph } from "../../src/graph/index.ts";
import type { ProxyInfra } from "../../src/ir/infra.ts";
import type { ApiClient } from "../../src/kubernetes/api-client.ts";
import { typeUrls } from "../../src/xds/resource.ts";
import { createXdsServer, type XdsServer } from "../../src/xds/server/server.ts";
import { createXdsStore } from "../../src/xds/server/store.ts";
import { clusterSite, fleet } from "../builders/fleets.ts";
import { XdsClient } from "./grpc-client.ts";

const audience = "envoy-gateway.envoy-gateway-system.svc.cluster.local";

/** Answers TokenReviews: a token is `namespace/serviceAccount/pod`; that of `down` cannot be reviewed. */
const client: ApiClient = {
  async request({ body }) {
    const { token, audiences } = (body as { spec: { token: string; audiences: string[] } }).spec;
    if (token === "down") throw new Error("connection refused");
    const [namespace, account, pod] = token.split("/");
    if (pod === undefined) return { status: { authenticated: false } };
    const extra = { "authentication.kubernetes.io/pod-name": [pod] };
    return {
      status: { authenticated: true, audiences, user: { username: `system:serviceaccount:${namespace}:${account}`, extra } },
    };
  },
  watch: () => assert.fail("nothing is watched"),
  close: () => {},
};

describe("xDS for proxies beside their Gateways", () => {
  const graph = createGraph();
  const fleets = graph.source<ProxyInfra>("fleets");
  let certificates: CertificateSet;
  let server: XdsServer;
  let port: number;
  before(async () => {
    graph.batch(() => {
      for (const key of ["shop/eg", "shop/other", "bank/eg"]) fleets.set(key, fleet(key));
    });
    certificates = await issueCertificates({ local: true });
    const tokens = verifyProxyTokens(client, fleets, { ...clusterSite, deploy: "GatewayNamespace" });
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    server = createXdsServer({ store: createXdsStore(), certificates: certificates["envoy-gateway"], log, tokens });
    port = await server.listen(0, "127.0.0.1");
  });
  after(async () => {
    await server.close();
    graph.close();
  });

  /** The gRPC status of a proxy's stream: 0 when it is served. */
  async function status(token: string | undefined, node: { id: string; cluster: string }): Promise<number> {
    const proxy = new XdsClient(port, { anonymousTrusting: certificates.envoy.ca, ...(token === undefined ? {} : { token }) });
    try {
      const call = proxy.delta();
      call.send({ node, typeUrl: typeUrls.Cluster });
      const event = await call.next();
      return "message" in event ? 0 : event.ended.code;
    } finally {
      proxy.close();
    }
  }

  it("is given to the pod of a fleet, for that fleet", async () => {
    assert.equal(await status("shop/eg/pod-1", { id: "pod-1", cluster: "shop/eg" }), 0);
  });

  it("is not given for another pod, fleet or namespace", async () => {
    assert.equal(await status("shop/eg/pod-1", { id: "pod-2", cluster: "shop/eg" }), 7);
    assert.equal(await status("shop/eg/pod-1", { id: "pod-1", cluster: "shop/other" }), 7);
    assert.equal(await status("shop/eg/pod-1", { id: "pod-1", cluster: "bank/eg" }), 7);
    assert.equal(await status("shop/eg/pod-1", { id: "pod-1", cluster: "missing/eg" }), 7);
  });

  it("is not given without a valid token, nor while tokens cannot be reviewed", async () => {
    assert.equal(await status(undefined, { id: "pod-1", cluster: "shop/eg" }), 16);
    assert.equal(await status("forged", { id: "pod-1", cluster: "shop/eg" }), 16);
    assert.equal(await status("down", { id: "pod-1", cluster: "shop/eg" }), 14);
  });

  it("is still given to holders of a certificate", async () => {
    const proxy = new XdsClient(port, certificates.envoy);
    const call = proxy.delta();
    call.send({ node: { id: "a", cluster: "shop/eg" }, typeUrl: typeUrls.Cluster });
    await call.message();
    proxy.close();
  });

  it("asks for the audience that tokens are made for", async () => {
    const asked: unknown[] = [];
    const asking: ApiClient = { ...client, request: async ({ body }) => void asked.push(body) };
    const verify = verifyProxyTokens(asking, fleets, { ...clusterSite, deploy: "GatewayNamespace" });
    assert.equal(await verify("x"), undefined);
    assert.match(JSON.stringify(asked), new RegExp(audience));
  });
});
