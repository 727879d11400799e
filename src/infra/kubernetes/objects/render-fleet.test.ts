import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clusterSite, fleet, onKubernetes } from "../../../../test/builders/fleets.ts";
import { isObject } from "../../../api/json-object.ts";
import type { ProxyInfra } from "../../../ir/infra.ts";
import type { ClusterSite } from "./cluster-site.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { renderFleet } from "./render-fleet.ts";

function rendered(changes: Partial<ProxyInfra> = {}, site: Partial<ClusterSite> = {}): ReadonlyMap<string, KubernetesObject> {
  const { objects, problems } = renderFleet(fleet("default/eg", changes), { ...clusterSite, ...site });
  assert.deepEqual(problems, []);
  return new Map(objects.map((object) => [object.kind, object]));
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner.find((each) => isObject(each) && each.name === key) ?? inner[Number(key)];
    return isObject(inner) ? inner[key] : undefined;
  }, value);
}

const template = "spec.template.spec";

describe("the objects of a fleet", () => {
  it("are made from its scope, in the namespace of the control plane, and belong to the class", () => {
    for (const object of rendered().values()) {
      assert.equal(object.metadata.name, "envoy-default-eg-e41e7b31");
      assert.equal(object.metadata.namespace, "envoy-gateway-system");
      assert.deepEqual(object.metadata.ownerReferences, [
        { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", name: "eg", uid: "uid-of-class" },
      ]);
    }
    assert.deepEqual([...rendered().keys()], ["ServiceAccount", "ConfigMap", "Deployment", "Service"]);
  });

  it("never share a name with those of another fleet", () => {
    const part = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    const name = (scope: string) => renderFleet(fleet(scope), clusterSite).objects[0]?.metadata.name ?? "";
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), (a, b) => {
        fc.pre(a.join("/") !== b.join("/"));
        assert.notEqual(name(a.join("/")), name(b.join("/")));
        assert.match(name(a.join("/")), /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
    assert.notEqual(name("a-b/c"), name("a/b-c"));
  });

  it("have the labels of the Gateway, which replace none of ours", () => {
    const labels = { team: "web", "app.kubernetes.io/name": "mine" };
    for (const object of rendered({ labels, annotations: { note: "x" } }).values()) {
      assert.equal(object.metadata.labels?.team, "web");
      assert.equal(object.metadata.labels?.["app.kubernetes.io/name"], "envoy");
      assert.equal(object.metadata.annotations?.note, "x");
    }
    const pod = rendered({ labels }).get("Deployment");
    assert.equal(at(pod, "spec.selector.matchLabels.team"), undefined);
  });

  it("beside their Gateway are called like it, belong to it and show a token instead of a certificate", () => {
    const objects = rendered({}, { deploy: "GatewayNamespace" });
    const deployment = objects.get("Deployment");
    assert.equal(deployment?.metadata.name, "eg");
    assert.equal(deployment?.metadata.namespace, "default");
    assert.equal(deployment?.metadata.ownerReferences?.[0]?.uid, "uid-of-eg");
    assert.equal(deployment?.metadata.labels?.["gateway.networking.k8s.io/gateway-name"], "eg");
    const token = at(deployment, `${template}.volumes.sa-token.projected.sources.0.serviceAccountToken.audience`);
    assert.equal(token, "envoy-gateway.envoy-gateway-system.svc.cluster.local");
    assert.deepEqual(Object.keys(objects.get("ConfigMap")?.data ?? {}).sort(), [
      "ca.crt",
      "xds-certificate.json",
      "xds-trusted-ca.json",
      "xds_service_account_token.json",
    ]);
    const bootstrap = JSON.stringify(at(deployment, `${template}.containers.envoy.args`));
    assert.match(bootstrap, /xds_service_account_token\.json/);
    assert.doesNotMatch(bootstrap, /xds-certificate\.json/);
  });
});

describe("the pods of a fleet", () => {
  const args = (changes: Partial<ProxyInfra>) =>
    at(rendered(changes).get("Deployment"), `${template}.containers.envoy.args`) as string[];
  const bootstrap = (changes: Partial<ProxyInfra>) => {
    const list = args(changes);
    return JSON.parse(list[list.indexOf("--config-yaml") + 1] ?? "");
  };

  it("run Envoy as the EnvoyProxy says", () => {
    const proxy = {
      concurrency: 2,
      extraArgs: ["--x"],
      logging: { level: { default: "info", http: "debug" } },
      shutdown: { drainTimeout: "90s", minDrainDuration: "5s" },
    };
    const list = args({ proxy });
    const after = (name: string) => list[list.indexOf(name) + 1];
    assert.equal(after("--concurrency"), "2");
    assert.equal(after("--log-level"), "info");
    assert.equal(after("--component-log-level"), "http:debug,misc:error");
    assert.equal(after("--drain-time-s"), "90");
    assert.equal(list.at(-1), "--x");
    const pods = at(rendered({ proxy }).get("Deployment"), template);
    assert.equal(at(pods, "terminationGracePeriodSeconds"), 390);
    assert.deepEqual(at(pods, "containers.shutdown-manager.args"), ["envoy", "shutdown-manager", "--ready-timeout=100s"]);
    const command = at(pods, "containers.shutdown-manager.lifecycle.preStop.exec.command") as string[];
    assert.deepEqual(command.slice(3), ["--drain-timeout=90s", "--min-drain-duration=5s"]);
  });

  it("have what the user adds; what is called like one of ours takes its place", () => {
    const container = {
      image: "my/envoy:1",
      env: [
        { name: "ENVOY_POD_NAME", value: "x" },
        { name: "B", value: "y" },
      ],
      volumeMounts: [
        { name: "data", mountPath: "/data" },
        { name: "data", mountPath: "/more", subPath: "m" },
      ],
      resources: { limits: { memory: "1Gi" } },
    };
    const pod = {
      volumes: [
        { name: "certs", secret: { secretName: "mine" } },
        { name: "data", emptyDir: {} },
      ],
      nodeSelector: { a: "b" },
    };
    const proxy = onKubernetes({ envoyDeployment: { container, pod, replicas: 3 } });
    const deployment = rendered({ proxy }).get("Deployment");
    assert.equal(at(deployment, "spec.replicas"), 3);
    assert.equal(at(deployment, `${template}.containers.envoy.image`), "my/envoy:1");
    assert.deepEqual(at(deployment, `${template}.containers.envoy.env.ENVOY_POD_NAME`), { name: "ENVOY_POD_NAME", value: "x" });
    assert.deepEqual(
      (at(deployment, `${template}.volumes`) as { name: string }[]).map(({ name }) => name),
      ["certs", "sds", "data"],
    );
    assert.equal(at(deployment, `${template}.volumes.certs.secret.secretName`), "mine");
    assert.equal((at(deployment, `${template}.containers.envoy.volumeMounts`) as unknown[]).length, 4);
    assert.deepEqual(at(deployment, `${template}.nodeSelector`), { a: "b" });
    const [, heap] = bootstrap({ proxy }).overload_manager.resource_monitors;
    assert.equal(heap.typed_config.max_heap_size_bytes, Math.floor(2 ** 30 * 0.8));
  });

  it("have the tag of the usual image where only a repository is told", () => {
    const proxy = onKubernetes({ envoyDeployment: { container: { imageRepository: "registry.test:5000/envoy" } } });
    const image = at(rendered({ proxy }).get("Deployment"), `${template}.containers.envoy.image`);
    assert.equal(image, "registry.test:5000/envoy:distroless-v1.40.0");
  });

  it("give the shutdown manager a place to write where it has none", () => {
    const proxy = onKubernetes({ envoyDeployment: { container: { securityContext: { readOnlyRootFilesystem: true } } } });
    const deployment = rendered({ proxy }).get("Deployment");
    assert.deepEqual(at(deployment, `${template}.volumes.shutdown-manager-tmp`), { name: "shutdown-manager-tmp", emptyDir: {} });
    assert.equal(at(deployment, `${template}.containers.shutdown-manager.volumeMounts.0.mountPath`), "/tmp");
  });

  it("do not answer Prometheus where that is disabled", () => {
    const proxy = { telemetry: { metrics: { prometheus: { disable: true } } } };
    const deployment = rendered({ proxy }).get("Deployment");
    assert.equal(at(deployment, "spec.template.metadata.annotations.prometheus.io/scrape"), undefined);
    assert.equal(at(deployment, `${template}.containers.envoy.ports.metrics`), undefined);
    assert.equal(bootstrap({ proxy }).static_resources.listeners, undefined);
  });

  it("know their zone only where something tells it", () => {
    const site = { zoneAware: false };
    const deployment = rendered({}, site).get("Deployment");
    const list = at(deployment, `${template}.containers.envoy.args`) as string[];
    assert.doesNotMatch(list.join(" "), /ENVOY_SERVICE_ZONE/);
    assert.equal(at(deployment, `${template}.containers.envoy.env.ENVOY_SERVICE_ZONE`), undefined);
  });

  it("are run by a DaemonSet where the EnvoyProxy asks for one", () => {
    const proxy = onKubernetes({ envoyDaemonSet: { name: "everywhere", strategy: { type: "OnDelete" } } });
    const objects = rendered({ proxy });
    assert.equal(objects.get("Deployment"), undefined);
    assert.equal(objects.get("DaemonSet")?.metadata.name, "everywhere");
    assert.deepEqual(at(objects.get("DaemonSet"), "spec.updateStrategy"), { type: "OnDelete" });
  });

  it("are scaled and kept as the EnvoyProxy says", () => {
    const proxy = onKubernetes({
      envoyDeployment: { name: "d", replicas: 3 },
      envoyHpa: { minReplicas: 2, maxReplicas: 5, patch: { value: { metadata: { annotations: { a: "b" } } } } },
      envoyPDB: { minAvailable: "50%" },
    });
    const objects = rendered({ proxy });
    assert.equal(at(objects.get("Deployment"), "spec.replicas"), undefined);
    assert.equal(at(objects.get("HorizontalPodAutoscaler"), "spec.scaleTargetRef.name"), "d");
    assert.equal(objects.get("HorizontalPodAutoscaler")?.metadata.annotations?.a, "b");
    assert.equal(at(objects.get("PodDisruptionBudget"), "spec.minAvailable"), "50%");
  });
});

describe("the Service of a fleet", () => {
  const spec = (changes: Partial<ProxyInfra>) => rendered(changes).get("Service")?.spec;
  const service = (envoyService: Partial<NonNullable<NonNullable<Parameters<typeof onKubernetes>[0]>["envoyService"]>>) =>
    onKubernetes({ envoyService: { type: "LoadBalancer", externalTrafficPolicy: "Local", ...envoyService } });

  it("takes the addresses of the Gateway from outside, or as its own", () => {
    assert.deepEqual(at(spec({ addresses: ["1.2.3.4"] }), "externalIPs"), ["1.2.3.4"]);
    const own = spec({ addresses: ["10.0.0.1", "10.0.0.2", "fd00::1"], proxy: service({ type: "ClusterIP" }) });
    assert.deepEqual(at(own, "clusterIPs"), ["10.0.0.1", "fd00::1"]);
    assert.equal(at(own, "externalTrafficPolicy"), undefined);
  });

  it("is set up as the EnvoyProxy says", () => {
    const proxy = service({
      loadBalancerClass: "c",
      loadBalancerSourceRanges: ["10.0.0.0/8"],
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: "Cluster",
      annotations: { a: "b" },
      labels: { l: "m" },
      name: "front",
    });
    const object = rendered({ proxy }).get("Service");
    assert.equal(object?.metadata.name, "front");
    assert.equal(object?.metadata.labels?.l, "m");
    assert.equal(object?.metadata.annotations?.a, "b");
    const { externalTrafficPolicy, loadBalancerClass, loadBalancerSourceRanges, allocateLoadBalancerNodePorts } = (object?.spec ??
      {}) as Record<string, unknown>;
    assert.deepEqual(
      [externalTrafficPolicy, loadBalancerClass, loadBalancerSourceRanges, allocateLoadBalancerNodePorts],
      ["Cluster", "c", ["10.0.0.0/8"], false],
    );
    assert.equal(at(spec({ proxy: service({ type: "NodePort" }) }), "externalTrafficPolicy"), "Local");
  });

  it("has the address families of the proxies", () => {
    assert.equal(at(spec({ ipFamily: "DualStack" }), "ipFamilyPolicy"), "RequireDualStack");
    assert.deepEqual(at(spec({ ipFamily: "IPv6" }), "ipFamilies"), ["IPv6"]);
    assert.equal(at(spec({}), "ipFamilies"), undefined);
  });
});

describe("a patch that cannot be applied", () => {
  it("is told and leaves its object as it is", () => {
    const patch = { value: { spec: { template: { spec: { containers: [{ image: "x" }] } } } } };
    const { objects, problems } = renderFleet(fleet("a/b", { proxy: onKubernetes({ envoyDeployment: { patch } }) }), clusterSite);
    assert.deepEqual(objects, renderFleet(fleet("a/b"), clusterSite).objects);
    assert.match(
      problems.join(),
      /^spec\.provider\.kubernetes\.envoyDeployment\.patch: spec\.template\.spec\.containers: an item has no name/,
    );
  });
});
