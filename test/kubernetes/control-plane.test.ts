/** The whole control plane over an API server in memory that it reaches by HTTPS. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseConfig } from "../../src/api/config/parse-config.ts";
import { writeCertificateFiles } from "../../src/certificates/certificate-files.ts";
import { issueCertificates } from "../../src/certificates/issue.ts";
import { type ControlPlane, startControlPlane } from "../../src/gateway/server.ts";
import { createLogs } from "../../src/log/logger.ts";
import { issue, type TestCertificate, tlsSecret } from "../builders/certificates.ts";
import { eventually } from "../envoy/eventually.ts";
import { FakeApiServer, type FakeObject } from "./fake-api-server.ts";
import { type HttpsApiServer, serveOverHttps } from "./https-api-server.ts";
import { allCollections } from "./provider-rig.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";
const leases = "coordination.k8s.io/v1/leases";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
  readonly observedGeneration: number;
}

describe("a control plane in a cluster", () => {
  const server = new FakeApiServer([...allCollections, leases]);
  let api: HttpsApiServer;
  let folder: string;
  let controlPlane: ControlPlane;
  let log = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "in-cluster-"));
    api = await serveOverHttps(server);
    await writeFile(join(folder, "kubeconfig"), api.kubeconfig);
    await writeCertificateFiles(folder, (await issueCertificates({ local: true }))["envoy-gateway"]);
    putAll(objects(await issue(["0.example", "1.example"])));
    controlPlane = await start();
  });
  after(async () => {
    await controlPlane.stop();
    await api.close();
    await rm(folder, { recursive: true });
  });

  async function start(): Promise<ControlPlane> {
    const text =
      "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider: {type: Kubernetes, kubernetes: {proxyTopologyInjector: {disabled: true}}}\ngateway: {}\n";
    const parsed = parseConfig(text, "envoy-gateway.yaml");
    assert.ok("config" in parsed);
    return startControlPlane({
      config: parsed.config,
      logs: createLogs({ level: { default: "debug" } }, { write: (line) => (log += line) }),
      ports: { xds: 0, admin: 0, health: 0, metrics: 0 },
      cluster: { kubeconfig: join(folder, "kubeconfig"), certificates: folder },
    });
  }

  function putAll(found: readonly (readonly [string, FakeObject])[]): void {
    for (const [collection, object] of found) server.put(collection, object);
  }

  const statusOf = (collection: string, key: string) =>
    server.get(collection, key)?.status as {
      readonly parents?: readonly { readonly controllerName: string; readonly conditions: readonly Condition[] }[];
      readonly listeners?: readonly { readonly attachedRoutes: number; readonly conditions: readonly Condition[] }[];
      readonly conditions?: readonly Condition[];
    };

  const routeConditions = (key: string): string =>
    JSON.stringify(
      statusOf(`${gatewayApi}/httproutes`, key)?.parents?.flatMap(({ conditions }) =>
        conditions.map(({ type, status }) => `${type}=${status}`),
      ),
    );

  test("tells the API server what became of its objects", async () => {
    await eventually("the route is accepted", () => (routeConditions("shop/app")?.includes("Accepted=True") ? true : undefined));
    assert.equal(routeConditions("shop/app"), '["Accepted=True","ResolvedRefs=True"]');
    await eventually("the class is accepted", () =>
      statusOf(`${gatewayApi}/gatewayclasses`, "eg")?.conditions?.find(
        ({ type, status }) => type === "Accepted" && status === "True",
      ),
    );
    await eventually("the listener has its route", () =>
      statusOf(`${gatewayApi}/gateways`, "shop/eg")?.listeners?.some(({ attachedRoutes }) => attachedRoutes === 1)
        ? true
        : undefined,
    );
  });

  test("reads only the Secrets that are referenced, and of EndpointSlices keeps those of referenced Services", () => {
    const { objects } = controlPlane.pipeline;
    assert.deepEqual([...objects.Secret.keys()], ["shop/certificate"]);
    assert.deepEqual([...objects.EndpointSlice.keys()], ["shop/app-1"]);
    assert.ok(server.requests.includes("GET /api/v1/namespaces/shop/secrets/certificate"));
    assert.ok(!server.requests.some((request) => request.includes("unrelated")));
  });

  test("never says of a Secret that is there that it is missing, when it is referenced for the first time", async () => {
    const seen: string[] = [];
    const listenersOf = () => statusOf(`${gatewayApi}/gateways`, "shop/eg")?.listeners ?? [];
    const watching = setInterval(() => seen.push(JSON.stringify(listenersOf().map(({ conditions }) => conditions))), 1);
    server.put(`${gatewayApi}/gateways`, gateway(["certificate", "another"]));
    await eventually("the new listener is there", () => (listenersOf().length === 3 ? true : undefined));
    clearInterval(watching);
    assert.ok(!seen.some((text) => text.includes("InvalidCertificateRef")), seen.at(-1));
    assert.deepEqual([...controlPlane.pipeline.objects.Secret.keys()], ["shop/another", "shop/certificate"]);
    server.put(`${gatewayApi}/gateways`, gateway(["certificate"]));
    await eventually("what nobody refers to is forgotten", () =>
      controlPlane.pipeline.objects.Secret.size === 1 ? true : undefined,
    );
  });

  test("a Secret that is replaced is read again, one that is deleted is missing", async () => {
    const { objects } = controlPlane.pipeline;
    const before = objects.Secret.get("shop/certificate")?.data?.["tls.crt"];
    server.put("v1/secrets", tlsSecret("shop/certificate", await issue(["b.example"])));
    await eventually("the new one is read", () =>
      objects.Secret.get("shop/certificate")?.data?.["tls.crt"] === before ? undefined : true,
    );
    server.delete("v1/secrets", "shop/certificate");
    await eventually("it is gone", () => (objects.Secret.size === 0 ? true : undefined));
    server.put("v1/secrets", tlsSecret("shop/certificate", await issue(["b.example"])));
    await eventually("it is back", () => (objects.Secret.size === 1 ? true : undefined));
  });

  test("many routes that are attached one after the other cost few writes of their Gateway", async () => {
    const writes = () =>
      server.requests.filter((request) => request === `PATCH /apis/${gatewayApi}/namespaces/shop/gateways/eg/status`);
    const [before, began] = [writes().length, performance.now()];
    for (let at = 0; at < 300; at++) {
      server.put(`${gatewayApi}/httproutes`, route(`r${at}`));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await eventually("all are counted", () =>
      statusOf(`${gatewayApi}/gateways`, "shop/eg")?.listeners?.some(({ attachedRoutes }) => attachedRoutes === 301)
        ? true
        : undefined,
    );
    await eventually("all are accepted", () => {
      for (let at = 0; at < 300; at++) if (!routeConditions(`shop/r${at}`)?.includes("Accepted=True")) return undefined;
      return true;
    });
    // The longest pause that is waited for is 600 ms.
    const most = 20 + (performance.now() - began) / 600;
    assert.ok(writes().length - before <= most, `${writes().length - before} writes`);
    for (let at = 0; at < 300; at++) server.delete(`${gatewayApi}/httproutes`, `shop/r${at}`);
    await eventually("they are gone", () =>
      statusOf(`${gatewayApi}/gateways`, "shop/eg")?.listeners?.some(({ attachedRoutes }) => attachedRoutes === 1)
        ? true
        : undefined,
    );
  });

  test("another replica takes the same configuration and writes nothing; when the first one goes, it writes", async () => {
    const second = await start();
    const resources = ({ pipeline }: ControlPlane) =>
      Array.from(pipeline.resources.entries(), ([key, { version }]) => `${key} ${version}`);
    assert.deepEqual(resources(second), resources(controlPlane));
    const { spec } = server.get(leases, "envoy-gateway-system/5b9825d2.gateway.envoyproxy.io") as unknown as {
      readonly spec: { readonly holderIdentity: string };
    };
    await controlPlane.stop();
    controlPlane = second;
    server.put(`${gatewayApi}/httproutes`, route("late"));
    await eventually("the second one writes", () => (routeConditions("shop/late")?.includes("Accepted=True") ? true : undefined));
    const now = server.get(leases, "envoy-gateway-system/5b9825d2.gateway.envoyproxy.io") as unknown as typeof spec & {
      spec: typeof spec;
    };
    assert.notEqual(now.spec.holderIdentity, spec.holderIdentity);
    assert.doesNotMatch(log, /ERROR/);
  });
});

function objects(certificate: TestCertificate): readonly (readonly [string, FakeObject])[] {
  return [
    ["v1/namespaces", { metadata: { name: "shop" } }],
    [
      `${gatewayApi}/gatewayclasses`,
      { metadata: { name: "eg" }, spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" } },
    ],
    [`${gatewayApi}/gateways`, gateway(["certificate"])],
    [`${gatewayApi}/httproutes`, route("app")],
    ["v1/services", service("app")],
    ["v1/services", service("unrelated")],
    ["discovery.k8s.io/v1/endpointslices", slice("app")],
    ["discovery.k8s.io/v1/endpointslices", slice("unrelated")],
    ...["certificate", "another", "unrelated"].map((name) => ["v1/secrets", tlsSecret(`shop/${name}`, certificate)] as const),
  ];
}

function gateway(certificates: readonly string[]): FakeObject {
  const secure = certificates.map((name, at) => ({
    name: `https-${name}`,
    port: 443,
    protocol: "HTTPS",
    hostname: `${at}.example`,
    tls: { certificateRefs: [{ name }] },
  }));
  return {
    metadata: { namespace: "shop", name: "eg" },
    spec: { gatewayClassName: "eg", listeners: [{ name: "http", port: 80, protocol: "HTTP" }, ...secure] },
  };
}

function route(name: string): FakeObject {
  return {
    metadata: { namespace: "shop", name },
    spec: {
      parentRefs: [{ name: "eg", sectionName: "http" }],
      hostnames: [`${name}.example`],
      rules: [{ backendRefs: [{ name: "app", port: 80 }] }],
    },
  };
}

function service(name: string): FakeObject {
  return { metadata: { namespace: "shop", name }, spec: { clusterIP: "10.0.0.1", ports: [{ port: 80 }] } };
}

function slice(name: string): FakeObject {
  return {
    metadata: { namespace: "shop", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.1.1.1"], conditions: { ready: true } }],
    ports: [{ port: 8080 }],
  };
}
