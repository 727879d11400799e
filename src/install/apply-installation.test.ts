import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type MemoryObject, memoryCluster } from "../../test/kubernetes/memory-cluster.ts";
import { applyInstallation } from "./apply-installation.ts";
import { type Installation, installation } from "./installation.ts";
import { countGateways, findDefinitions, findInstallation, isReleaseOfHelm, removeObjects } from "./remove-installation.ts";

const release = { name: "eg", namespace: "edge" };
const definitionPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.gateway.networking.k8s.io";
const jobPath = "/apis/batch/v1/namespaces/edge/jobs/eg-gateway-helm-certgen";
const deploymentPath = "/apis/apps/v1/namespaces/edge/deployments/envoy-gateway";

/** Does at once what the controllers of a cluster do. */
function controllers(_path: string, object: MemoryObject): MemoryObject {
  const conditions = (type: string) => ({ ...object, status: { conditions: [{ type, status: "True" }] } });
  if (object.kind === "CustomResourceDefinition") return conditions("Established");
  if (object.kind === "Job") return conditions("Complete");
  if (object.kind !== "Deployment") return object;
  return { ...object, status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 } };
}

async function install(cluster: ReturnType<typeof memoryCluster>, wanted: Installation, waitMs = 60_000): Promise<string[]> {
  const lines: string[] = [];
  await applyInstallation(cluster.client, wanted, { deadline: Date.now() + waitMs, tell: (line) => lines.push(line) });
  return lines;
}

describe("installing in a cluster", () => {
  test("applies everything in an order that works, and leaves nobody the rights of certgen", async () => {
    const cluster = memoryCluster(controllers);
    await install(cluster, installation(release, {}));
    const applied = cluster.requests
      .filter(({ method }) => method === "PATCH")
      .map(({ path }) => path.split("/").slice(-2).join("/"));
    const at = (path: string) => applied.indexOf(path);
    const order = [
      "customresourcedefinitions/gateways.gateway.networking.k8s.io",
      "namespaces/edge",
      "serviceaccounts/eg-gateway-helm-certgen",
      "jobs/eg-gateway-helm-certgen",
      "deployments/envoy-gateway",
    ];
    assert.ok(order.every((path) => at(path) >= 0));
    assert.deepEqual(
      order.toSorted((one, other) => at(one) - at(other)),
      order,
    );
    assert.ok(at("mutatingwebhookconfigurations/envoy-gateway-topology-injector.edge") < at("jobs/eg-gateway-helm-certgen"));
    const left = [...cluster.objects.keys()].filter((path) => path.includes("certgen"));
    assert.deepEqual(left, [jobPath]);
  });

  test("applying again replaces the Job and changes nothing else", async () => {
    const cluster = memoryCluster(controllers);
    await install(cluster, installation(release, {}));
    const before = [...cluster.objects.keys()].sort();
    cluster.requests.length = 0;
    await install(cluster, installation(release, {}));
    assert.deepEqual([...cluster.objects.keys()].sort(), before);
    assert.ok(cluster.requests.some(({ method, path }) => method === "DELETE" && path === jobPath));
  });

  test("applying with other values takes rights away that are not needed any more", async () => {
    const cluster = memoryCluster(controllers);
    const watching = (namespaces: readonly string[]) => {
      const kubernetes = { watch: { type: "Namespaces", namespaces } };
      return installation(release, { config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes } } } });
    };
    await install(cluster, watching(["shop", "blog"]));
    const lines = await install(cluster, watching(["shop"]));
    const roles = [...cluster.objects.keys()].filter((path) => path.includes("/roles/eg-gateway-helm-envoy-gateway-role"));
    assert.deepEqual(roles.map((path) => path.split("/")[5]).sort(), ["edge", "shop"]);
    assert.ok(lines.includes("deleted Role blog/eg-gateway-helm-envoy-gateway-role"));
  });

  test("definitions of a newer release stay", async () => {
    const cluster = memoryCluster(controllers);
    const newer = {
      metadata: {
        name: "httproutes.gateway.networking.k8s.io",
        annotations: { "gateway.networking.k8s.io/bundle-version": "v1.12.0" },
      },
    };
    cluster.objects.set(definitionPath, newer);
    const lines = await install(cluster, installation(release, {}));
    assert.deepEqual(cluster.objects.get(definitionPath), newer);
    assert.ok(lines.some((line) => /kept .*httproutes.*: it is of v1.12.0, newer than v1/.test(line)));
  });

  test("what belongs to another installation is not taken from it", async () => {
    const cluster = memoryCluster(controllers);
    await install(cluster, installation(release, {}));
    const before = structuredClone([...cluster.objects]);
    await assert.rejects(
      install(cluster, installation({ name: "eg", namespace: "other" }, {})),
      /ClusterRole eg-gateway-helm-envoy-gateway-role belongs to the installation "eg" in namespace edge: choose another --name/,
    );
    assert.deepEqual([...cluster.objects], before);
  });

  test("a failed Job ends it, with the place to look at", async () => {
    const cluster = memoryCluster((path, object) =>
      path === jobPath ? { ...object, status: { conditions: [{ type: "Failed", status: "True" }] } } : controllers(path, object),
    );
    await assert.rejects(
      install(cluster, installation(release, {})),
      /Job edge\/eg-gateway-helm-certgen failed: kubectl --namespace edge logs job\/eg-gateway-helm-certgen/,
    );
    assert.ok(!cluster.objects.has(deploymentPath));
  });

  test("a control plane that does not come up is told at the deadline", async () => {
    const cluster = memoryCluster((path, object) => (path === deploymentPath ? object : controllers(path, object)));
    await assert.rejects(
      install(cluster, installation(release, {}), 0),
      /gave up waiting: 0 of 1 replicas of Deployment edge\/envoy-gateway are available/,
    );
  });
});

describe("uninstalling", () => {
  test("finds what was installed, whatever the values, and nothing else", async () => {
    const cluster = memoryCluster(controllers);
    const crds = { gatewayAPI: { safeUpgradePolicy: { enabled: true } } };
    const watch = { type: "Namespaces", namespaces: ["shop"] };
    const config = { envoyGateway: { provider: { type: "Kubernetes", kubernetes: { watch } } } };
    await install(cluster, installation(release, { crds, config, hpa: { enabled: true } }));
    const mine = new Set(cluster.objects.keys());
    await install(cluster, installation({ name: "two", namespace: "other" }, {}));
    const labels = { "app.kubernetes.io/instance": "eg", "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "shop-1" };
    cluster.objects.set("/api/v1/namespaces/edge/services/shop", { metadata: { name: "shop", namespace: "edge", labels } });
    const others = new Set([...cluster.objects.keys()].filter((path) => !mine.has(path)));

    const found = await findInstallation(cluster.client, release);
    await removeObjects(cluster.client, found, { deadline: Date.now() + 60_000, tell: () => {} }, true);
    const left = [...cluster.objects.keys()].filter((path) => !others.has(path));
    assert.deepEqual(left.filter((path) => !path.includes("customresourcedefinitions")).sort(), ["/api/v1/namespaces/edge"]);
    for (const path of others) assert.ok(cluster.objects.has(path), path);
  });

  test("takes the definitions along when asked to", async () => {
    const cluster = memoryCluster(controllers);
    await install(cluster, installation(release, {}));
    const found = [...(await findDefinitions(cluster.client)), ...(await findInstallation(cluster.client, release))];
    await removeObjects(cluster.client, found, { deadline: Date.now() + 60_000, tell: () => {} }, false);
    assert.deepEqual([...cluster.objects.keys()], ["/api/v1/namespaces/edge"]);
  });

  test("counts the Gateways whose proxies would go on alone", async () => {
    const cluster = memoryCluster();
    assert.equal(await countGateways(cluster.client), 0);
    cluster.objects.set("/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/eg", { metadata: { name: "eg" } });
    assert.equal(await countGateways(cluster.client), 1);
  });

  test("knows a release of Helm by its record", async () => {
    const cluster = memoryCluster();
    assert.equal(await isReleaseOfHelm(cluster.client, release), false);
    const labels = { owner: "helm", name: "eg" };
    const name = "sh.helm.release.v1.eg.v1";
    cluster.objects.set(`/api/v1/namespaces/edge/secrets/${name}`, { metadata: { name, namespace: "edge", labels } });
    assert.equal(await isReleaseOfHelm(cluster.client, release), true);
  });
});
