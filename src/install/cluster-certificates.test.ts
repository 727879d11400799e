import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { memoryCluster } from "../../test/kubernetes/memory-cluster.ts";
import { ensureClusterCertificates } from "./cluster-certificates.ts";

const options = { namespace: "edge", dnsDomain: "corp.example", overwrite: false, topologyInjector: true };
const path = (name: string) => `/api/v1/namespaces/edge/secrets/${name}`;
const webhookPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/envoy-gateway-topology-injector.edge";
const day = 24 * 60 * 60 * 1000;

function secretsIn({ objects }: ReturnType<typeof memoryCluster>) {
  const data = (name: string) => objects.get(path(name))?.data as Readonly<Record<string, string>>;
  const text = (name: string, key: string) => Buffer.from(data(name)[key] ?? "", "base64").toString();
  return { data, text, certificate: (name: string) => new X509Certificate(text(name, "tls.crt")) };
}

test("the Secrets are made, labelled, for the names that programs call each other by", async () => {
  const cluster = memoryCluster();
  const outcome = await ensureClusterCertificates(cluster.client, options);
  assert.deepEqual(outcome, { certificates: "created", hmac: "created", webhook: "absent" });
  const { certificate, text, data } = secretsIn(cluster);
  assert.equal(
    certificate("envoy-gateway").subjectAltName,
    "DNS:envoy-gateway, DNS:envoy-gateway.edge, DNS:envoy-gateway.edge.svc, DNS:envoy-gateway.edge.svc.corp.example",
  );
  assert.equal(certificate("envoy").subjectAltName, "DNS:*.edge");
  for (const name of ["envoy-gateway", "envoy", "envoy-rate-limit"]) {
    assert.ok(certificate(name).verify(new X509Certificate(text(name, "ca.crt")).publicKey));
    assert.equal(cluster.objects.get(path(name))?.type, "kubernetes.io/tls");
    assert.deepEqual(cluster.objects.get(path(name))?.metadata.labels, { "control-plane": "envoy-gateway" });
  }
  assert.equal(Buffer.from(data("envoy-oidc-hmac")["hmac-secret"] ?? "", "base64").length, 32);
});

test("what is there is kept, unless it is to be overwritten", async () => {
  const cluster = memoryCluster();
  await ensureClusterCertificates(cluster.client, options);
  const before = structuredClone([...cluster.objects]);
  const again = await ensureClusterCertificates(cluster.client, options);
  assert.deepEqual(again, { certificates: "kept", hmac: "kept", webhook: "absent" });
  assert.deepEqual([...cluster.objects], before);

  const anew = await ensureClusterCertificates(cluster.client, { ...options, overwrite: true });
  assert.deepEqual(anew, { certificates: "created", hmac: "created", webhook: "absent" });
  for (const [key, object] of before) assert.notDeepEqual(cluster.objects.get(key)?.data, object.data);
});

test("certificates that end soon are renewed, and the old CA trusted until it ends; labels of others stay", async () => {
  const cluster = memoryCluster();
  await ensureClusterCertificates(cluster.client, options);
  const secret = cluster.objects.get(path("envoy"));
  assert.ok(secret);
  cluster.objects.set(path("envoy"), { ...secret, metadata: { ...secret.metadata, labels: { team: "edge" } } });
  const old = secretsIn(cluster).text("envoy", "ca.crt");
  const hmac = secretsIn(cluster).data("envoy-oidc-hmac");

  const now = new Date(Date.now() + (5 * 365 - 30) * day);
  const { certificates } = await ensureClusterCertificates(cluster.client, { ...options, now });
  assert.equal(certificates, "renewed");
  const { text, data } = secretsIn(cluster);
  assert.ok(text("envoy", "ca.crt").includes(old.trim()));
  assert.deepEqual(data("envoy-oidc-hmac"), hmac);
  assert.deepEqual(cluster.objects.get(path("envoy"))?.metadata.labels, { team: "edge", "control-plane": "envoy-gateway" });
});

test("Secrets of the user's own that cannot be used are left alone", async () => {
  const cluster = memoryCluster();
  cluster.objects.set(path("envoy"), { kind: "Secret", metadata: { name: "envoy" }, data: { "tls.crt": "eA==" } });
  await assert.rejects(
    ensureClusterCertificates(cluster.client, options),
    /the Secrets in namespace edge cannot be used \(envoy-gateway: missing; envoy: .*; envoy-rate-limit: missing\)/,
  );
  assert.equal(cluster.objects.size, 1);
});

test("the webhook comes to trust the CA, unless it is to be left alone", async () => {
  const cluster = memoryCluster();
  cluster.objects.set(webhookPath, { metadata: { name: "envoy-gateway-topology-injector.edge" }, webhooks: [] });
  const left = await ensureClusterCertificates(cluster.client, { ...options, topologyInjector: false });
  assert.equal(left.webhook, "left alone");
  assert.deepEqual(cluster.objects.get(webhookPath)?.webhooks, []);

  const { webhook } = await ensureClusterCertificates(cluster.client, options);
  assert.equal(webhook, "trusting");
  assert.deepEqual(cluster.objects.get(webhookPath)?.webhooks, [
    {
      name: "topology.webhook.gateway.envoyproxy.io",
      clientConfig: { caBundle: secretsIn(cluster).data("envoy-gateway")["ca.crt"] },
    },
  ]);
});
