/** Installing as users do: the README's quickstart, egctl, and Helm before and after it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { before, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { helmBinary } from "../../install/helm.ts";
import { controllerNamespace } from "../gateway-install.ts";
import { apply, conditionMet, type Manifest } from "../manifests.ts";
import { addressOf, answers } from "../scene.ts";
import { client } from "./this-cluster.ts";

const root = join(import.meta.dirname, "../../..");
const chart = join(root, "charts/gateway-helm");
const inNamespace = ["--namespace", controllerNamespace];

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const [printed, told] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  assert.equal(child.exitCode, 0, `${command} ${args.join(" ")}: ${told}${printed}`);
  return printed;
}

const egctl = (...args: readonly string[]) => run("bin/egctl", ...args);

/** What is there of an installation, by kind and name. */
async function left(): Promise<string[]> {
  const namespaced = ["api/v1/services", "api/v1/serviceaccounts", "api/v1/configmaps", "apis/apps/v1/deployments"];
  const roles = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map(
    (kind) => `apis/rbac.authorization.k8s.io/v1/${kind}`,
  );
  const webhooks = "apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  const lists = [...namespaced, ...roles, webhooks].map(async (path) => {
    const query = { labelSelector: "app.kubernetes.io/instance=eg" };
    const { items } = (await client.request({ method: "GET", path: `/${path}`, query })) as {
      readonly items: readonly Manifest[];
    };
    return items.map(({ metadata }) => `${path.split("/").at(-1)}/${metadata.name}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

describe("installing", () => {
  before(() => egctl("x", "install", "--timeout", "2m"));

  test("the quickstart answers", async () => {
    const documents = parseAllDocuments(readFileSync(join(root, "examples/kubernetes/quickstart.yaml"), "utf8"));
    const manifests = documents.map((document) => {
      const manifest = document.toJS() as Manifest;
      const scoped = manifest.kind === "GatewayClass" ? {} : { namespace: "default" };
      return { ...manifest, metadata: { ...manifest.metadata, ...scoped } };
    });
    for (const manifest of manifests) await apply(client, manifest);
    const gateway = manifests.find(({ kind }) => kind === "Gateway");
    assert.ok(gateway);
    await conditionMet(client, gateway, "Programmed", 60);
    await answers({ address: await addressOf(client, gateway), port: 80, host: "www.example.com" }, 30);
  });

  test("egctl asks the control plane and its proxies", async () => {
    assert.match(await egctl("version", "--kubernetes", "--remote"), /\nserver version: v/);
    assert.match(await egctl("x", "status", "--kubernetes", "httproute"), /^backend .*ResolvedRefs +True/m);
    assert.match(await egctl("config", "envoy-proxy", "route", "eg", "--kubernetes"), /"www\.example\.com"/);
    assert.match(await egctl("x", "explain", "--kubernetes", "HTTPRoute/default/backend"), /is in order/);
  });

  test("other values take rights away", async () => {
    const watch = "config.envoyGateway.provider.kubernetes.watch";
    await egctl("x", "install", "--set", `${watch}.type=Namespaces,${watch}.namespaces={default,kube-system}`);
    const roles = async () => (await left()).filter((name) => name === "roles/eg-gateway-helm-envoy-gateway-role").length;
    assert.equal(await roles(), 3);
    await egctl("x", "install");
    assert.equal(await roles(), 0);
  });

  test("Helm takes over, and from then on it is Helm's", { skip: helmBinary() === undefined }, async () => {
    const helm = helmBinary() ?? "";
    const before = await left();
    await run(helm, "upgrade", "--install", "eg", chart, ...inNamespace, "--wait", "--timeout", "2m");
    assert.deepEqual(await left(), before);
    for (const command of ["install", "uninstall"]) {
      const refused = spawnSync("bin/egctl", ["x", command], { cwd: root, encoding: "utf8" });
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /Helm installed "eg": use helm/);
    }
    await run(helm, "uninstall", "eg", ...inNamespace, "--wait");
    // Helm leaves hooks where they are; those with rights were deleted when they had done their work.
    assert.deepEqual(await left(), [`mutatingwebhookconfigurations/envoy-gateway-topology-injector.${controllerNamespace}`]);
  });

  test("what egctl installs it removes", async () => {
    await egctl("x", "install", "--timeout", "2m");
    await egctl("x", "uninstall", "--with-crds", "--wait", "--timeout", "1m");
    assert.deepEqual(await left(), []);
    // The control plane took the proxies of the quickstart away before it went.
    const query = { labelSelector: "app.kubernetes.io/managed-by=envoy-gateway" };
    const { items } = (await client.request({ method: "GET", path: "/apis/apps/v1/deployments", query })) as { items: unknown[] };
    assert.deepEqual(items, []);
  });
});
