import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeCluster } from "../../../test/builders/fake-cluster.ts";
import { clusterSite, fleet, onKubernetes } from "../../../test/builders/fleets.ts";
import { ManualClock, settledPromises } from "../../../test/builders/manual-clock.ts";
import { parametersAnnotation, readParameters } from "../../api/envoy/applied-parameters.ts";
import type { InfraReport, ProxyInfra } from "../../ir/infra.ts";
import { ApiError } from "../../kubernetes/api-client.ts";
import { silentLogger } from "../../log/logger.ts";
import { createKubernetesInfrastructure } from "./kubernetes-infrastructure.ts";
import type { ClusterSite } from "./objects/cluster-site.ts";

const name = "envoy-default-eg-e41e7b31";
const namespace = "envoy-gateway-system";
const place = (kind: string, of = name) => `${kind}/${namespace}/${of}`;

function open(cluster = new FakeCluster(), site: Partial<ClusterSite> = {}) {
  const clock = new ManualClock();
  const reports = new Map<string, InfraReport | undefined>();
  const written: string[] = [];
  const infrastructure = createKubernetesInfrastructure({
    client: cluster.client,
    follow: cluster.follow,
    site: () => ({ ...clusterSite, ...site }),
    namespaces: site.deploy === "GatewayNamespace" ? undefined : [namespace],
    report: (scope, report) => reports.set(scope, report),
    observer: {
      applied: ({ kind }, _ms, error) => written.push(`${kind} ${error === undefined}`),
      deleted: ({ kind }, _ms, error) => written.push(`-${kind} ${error === undefined}`),
    },
    log: silentLogger,
    clock,
  });
  const settle = () => clock.advanceSettling(0).then(settledPromises).then(settledPromises);
  return {
    cluster,
    clock,
    reports,
    written,
    infrastructure,
    settle,
    async want(...infras: readonly ProxyInfra[]) {
      infrastructure.reconcile(infras);
      await settle();
    },
    report: (scope = "default/eg") => reports.get(scope),
    kinds: () => [...cluster.objects.keys()].map((each) => each.split("/")[0]).sort(),
  };
}

describe("fleets on Kubernetes", () => {
  it("are made, and then left alone", async () => {
    const { want, kinds, cluster, infrastructure } = open();
    await want(fleet("default/eg"));
    assert.deepEqual(kinds(), ["ConfigMap", "Deployment", "Service", "ServiceAccount"]);
    assert.equal(cluster.writes.length, 4);
    await want(fleet("default/eg"));
    await infrastructure.detach();
    const later = open(cluster);
    await later.want(fleet("default/eg"));
    assert.equal(cluster.writes.length, 4);
  });

  it("are written where they differ, and nowhere else", async () => {
    const { want, cluster } = open();
    await want(fleet("default/eg"));
    cluster.writes.length = 0;
    await want(fleet("default/eg", { listeners: [{ name: "http-81", protocol: "TCP", servicePort: 81, containerPort: 10081 }] }));
    assert.deepEqual(cluster.writes, [`PATCH ${place("Service")}`]);
  });

  it("are written once where values are stored in another way", async () => {
    const { want, cluster, settle } = open();
    const proxy = onKubernetes({ envoyDeployment: { container: { resources: { requests: { cpu: "1000m" } } } } });
    await want(fleet("default/eg", { proxy }));
    cluster.writes.length = 0;
    cluster.change(place("Deployment"), { status: { availableReplicas: 1 } });
    await settle();
    assert.deepEqual(cluster.writes, []);
  });

  it("are put right when somebody changes or removes what is theirs, and not more often than is good", async () => {
    const { want, cluster, settle, clock } = open();
    await want(fleet("default/eg"));
    await clock.advanceSettling(10_000);
    cluster.writes.length = 0;
    cluster.change(place("Service"), { spec: { type: "ClusterIP" } });
    await settle();
    assert.deepEqual(cluster.writes, [`PATCH ${place("Service")}`]);
    cluster.change(place("Service"), { spec: { type: "NodePort" } });
    await settle();
    assert.equal(cluster.writes.length, 1);
    await clock.advanceSettling(10_000);
    assert.equal(cluster.writes.length, 2);
    cluster.remove(place("ConfigMap"));
    cluster.change(place("Deployment"), { metadata: { labels: { "app.kubernetes.io/name": "mine" } } });
    await clock.advanceSettling(10_000);
    assert.ok(cluster.objects.has(place("ConfigMap")));
    const metadata = cluster.objects.get(place("Deployment"))?.metadata;
    assert.match(JSON.stringify(metadata), /"app\.kubernetes\.io\/name":"envoy"/);
  });

  it("leave alone what others add to their objects", async () => {
    const { want, cluster, settle } = open();
    await want(fleet("default/eg"));
    cluster.writes.length = 0;
    cluster.change(place("Service"), { metadata: { annotations: { "cloud/id": "7" } }, spec: { clusterIP: "10.0.0.1" } });
    await settle();
    assert.deepEqual(cluster.writes, []);
  });

  it("lose objects that are not wanted any more; pods go when others have taken their place", async () => {
    const { want, cluster, settle, kinds } = open();
    await want(fleet("default/eg", { proxy: onKubernetes({ envoyHpa: { maxReplicas: 2 }, envoyPDB: { minAvailable: 1 } }) }));
    cluster.change(place("Deployment"), { status: { availableReplicas: 1 } });
    await settle();
    await want(fleet("default/eg", { proxy: onKubernetes({ envoyDaemonSet: {} }) }));
    assert.deepEqual(kinds(), ["ConfigMap", "DaemonSet", "Deployment", "Service", "ServiceAccount"]);
    cluster.change(place("DaemonSet"), { status: { numberAvailable: 1 } });
    await settle();
    assert.deepEqual(kinds(), ["ConfigMap", "DaemonSet", "Service", "ServiceAccount"]);
  });

  it("move beside their Gateways without a gap: the old ones go when the new ones are reached", async () => {
    const { want, cluster, infrastructure } = open();
    await want(fleet("default/eg", { proxy: onKubernetes({ envoyPDB: { minAvailable: 1 } }) }));
    cluster.change(place("Deployment"), { status: { availableReplicas: 1 } });
    cluster.change(place("Service"), { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } });
    await infrastructure.detach();
    const later = open(cluster, { deploy: "GatewayNamespace" });
    await later.want(fleet("default/eg"));
    const old = () =>
      [...cluster.objects.keys()].flatMap((each) => (each.includes(`/${namespace}/`) ? [each.split("/")[0]] : []));
    const all = ["ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"];
    assert.deepEqual(old().sort(), all);
    assert.deepEqual(later.report()?.addresses, [{ type: "IPAddress", value: "1.2.3.4" }]);
    cluster.change("Deployment/default/eg", { status: { availableReplicas: 1 } });
    await later.settle();
    assert.deepEqual(old().sort(), all);
    cluster.change("Service/default/eg", { status: { loadBalancer: { ingress: [{ ip: "5.6.7.8" }] } } });
    await later.settle();
    assert.deepEqual(old(), []);
    assert.deepEqual(later.report()?.addresses, [{ type: "IPAddress", value: "5.6.7.8" }]);
  });

  it("go as a whole, also those that an earlier control plane left", async () => {
    const { want, cluster, reports, infrastructure } = open();
    await want(fleet("default/eg"), fleet("default/other"));
    await want(fleet("default/other"));
    assert.equal(cluster.objects.size, 4);
    assert.deepEqual([reports.has("default/eg"), reports.get("default/eg")], [true, undefined]);
    await infrastructure.detach();
    await open(cluster).want();
    assert.equal(cluster.objects.size, 0);
  });

  it("beside their Gateways are left to other control planes", async () => {
    const cluster = new FakeCluster();
    const other = open(cluster, { deploy: "GatewayNamespace", controllerNamespace: "other" });
    await other.want(fleet("default/eg"));
    await open(cluster, { deploy: "GatewayNamespace" }).want();
    assert.equal(cluster.objects.size, 4);
  });

  it("that are there are told of before anything is done to them, and then they are known", async () => {
    const { want, cluster, infrastructure } = open();
    await want(fleet("default/eg"));
    cluster.change(place("Service"), { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } });
    await infrastructure.detach();
    const later = open(cluster);
    cluster.refuse = () => assert.fail("nothing differs");
    later.infrastructure.reconcile([fleet("default/eg")]);
    await later.infrastructure.known;
    assert.deepEqual(later.report()?.addresses, [{ type: "IPAddress", value: "1.2.3.4" }]);
    await later.settle();
  });

  it("stay when the control plane goes, and go when it is told to stop them", async () => {
    const { want, cluster, infrastructure, settle } = open();
    await want(fleet("default/eg"));
    const stopped = infrastructure.stop();
    await settle();
    await stopped;
    assert.equal(cluster.objects.size, 0);
  });

  it("rest while another replica writes", async () => {
    const { want, cluster, infrastructure, settle } = open();
    await want(fleet("default/eg"));
    await infrastructure.rest();
    cluster.writes.length = 0;
    cluster.remove(place("Service"));
    await settle();
    assert.deepEqual(cluster.writes, []);
    await want(fleet("default/eg"));
    assert.deepEqual(cluster.writes, [`PATCH ${place("Service")}`]);
  });
});

describe("what goes wrong with a fleet", () => {
  it("is told, tried again, and keeps no other fleet from being made", async () => {
    const { want, cluster, report, clock, kinds, written } = open();
    cluster.refuse = ({ path }) => {
      if (path.endsWith(name) && path.includes("services")) throw new ApiError(422, "Invalid", "spec.ports is wrong");
    };
    await want(fleet("default/eg"), fleet("default/other"));
    assert.equal(report()?.problem, `Service ${namespace}/${name}: spec.ports is wrong`);
    assert.equal(report("default/other")?.problem, undefined);
    assert.equal(kinds().length, 7);
    assert.ok(written.includes("Service false"));
    cluster.refuse = () => {};
    await clock.advanceSettling(1_000);
    assert.equal(report()?.problem, undefined);
    assert.equal(kinds().length, 8);
  });

  it("is no problem of the fleet while the API server cannot be reached", async () => {
    const { want, cluster, report, clock, kinds } = open();
    cluster.refuse = () => {
      throw new Error("connection refused");
    };
    await want(fleet("default/eg"));
    assert.equal(report()?.problem, undefined);
    await clock.advanceSettling(20_000);
    cluster.refuse = () => {};
    await clock.advanceSettling(30_000);
    assert.equal(kinds().length, 4);
  });

  it("is an object of the name that is somebody else's; a ServiceAccount is used as it is", async () => {
    const { want, cluster, report } = open();
    cluster.change(place("Service", "front"), { spec: { type: "ClusterIP" } });
    cluster.change(place("ServiceAccount", "mine"), { metadata: { annotations: { role: "r" } } });
    const envoyService = { name: "front", type: "LoadBalancer", externalTrafficPolicy: "Local" } as const;
    await want(fleet("default/eg", { proxy: onKubernetes({ envoyService, envoyServiceAccount: { name: "mine" } }) }));
    assert.match(report()?.problem ?? "", /^Service envoy-gateway-system\/front: there is one of the name/);
    assert.ok(!cluster.writes.some((each) => each.includes("ServiceAccount") || each.includes("front")));
  });

  it("is a name that two fleets are given: the first has it", async () => {
    const { want, report } = open();
    const proxy = onKubernetes({ envoyDeployment: { name: "proxies" }, envoyServiceAccount: { name: "shared" } });
    await want(fleet("default/a", { proxy }), fleet("default/b", { proxy }));
    assert.equal(report("default/a")?.problem, undefined);
    assert.match(report("default/b")?.problem ?? "", /^Deployment .*\/proxies: the fleet default\/a has one of that name/);
    await want(fleet("default/b", { proxy }));
    assert.equal(report("default/b")?.problem, undefined);
  });

  it("leaves a fleet as it is: nothing is exposed by what is not known", async () => {
    const { want, cluster, report } = open();
    await want(fleet("default/eg", { unresolved: "the EnvoyProxy is missing" }));
    assert.equal(cluster.objects.size, 0);
    assert.equal(report()?.problem, "the EnvoyProxy is missing");
    await want(fleet("default/eg"));
    cluster.writes.length = 0;
    await want(fleet("default/eg", { unresolved: "the EnvoyProxy is missing", listeners: [] }));
    assert.deepEqual(cluster.writes, []);
    assert.equal(report()?.problem, undefined);
  });
});

describe("the parameters of a fleet", () => {
  it("are noted on its Service, and stay there while they cannot be followed", async () => {
    const { want, cluster } = open();
    const proxy = onKubernetes({}, { logging: { level: { default: "warn" } } });
    const source = { kind: "EnvoyProxy", namespace: "default", name: "p" };
    const noted = () => {
      const annotations = cluster.objects.get(place("Service"))?.metadata;
      const { annotations: texts } = annotations as { annotations: Record<string, string> };
      return readParameters(texts[parametersAnnotation]);
    };
    await want(fleet("default/eg", { proxy, proxySource: source }));
    assert.deepEqual(noted(), { spec: proxy, source });
    await want(fleet("default/eg", { unresolved: "EnvoyProxy default/p does not exist" }));
    assert.deepEqual(noted(), { spec: proxy, source });
    await want(fleet("default/eg"));
    assert.equal(noted(), "none");
  });
});

describe("what is told of a fleet", () => {
  it("are the addresses of its Service and how many pods there are", async () => {
    const { want, cluster, report, settle } = open();
    await want(fleet("default/eg"));
    assert.deepEqual(report(), {
      scope: "default/eg",
      addresses: [],
      replicas: { available: 0, desired: 1 },
      configured: true,
    });
    const ingress = [{ ip: "1.2.3.4" }, { hostname: "lb.test" }];
    cluster.change(place("Service"), { status: { loadBalancer: { ingress } } });
    cluster.change(place("Deployment"), { spec: { replicas: 3 }, status: { availableReplicas: 2 } });
    await settle();
    assert.deepEqual(report()?.addresses, [
      { type: "IPAddress", value: "1.2.3.4" },
      { type: "Hostname", value: "lb.test" },
    ]);
    assert.deepEqual(report()?.replicas, { available: 2, desired: 3 });
  });

  it("are the addresses that the Gateway asked for, once the Service has them", async () => {
    const { want, report } = open();
    await want(fleet("default/eg", { addresses: ["1.2.3.4"] }));
    assert.deepEqual(report()?.addresses, [{ type: "IPAddress", value: "1.2.3.4" }]);
  });

  it("are the addresses inside the cluster, or those of its nodes, by the type of the Service", async () => {
    const typed = (type: "ClusterIP" | "NodePort") => onKubernetes({ envoyService: { type, externalTrafficPolicy: "Local" } });
    const { want, cluster, report, settle } = open();
    await want(fleet("default/eg", { proxy: typed("ClusterIP") }));
    cluster.change(place("Service"), { spec: { clusterIPs: ["10.0.0.1"] } });
    await settle();
    assert.deepEqual(report()?.addresses, [{ type: "IPAddress", value: "10.0.0.1" }]);
    cluster.change("nodes//b", { status: { addresses: [{ type: "InternalIP", address: "10.1.0.2" }] } });
    const both = [
      { type: "InternalIP", address: "10.1.0.1" },
      { type: "ExternalIP", address: "5.6.7.8" },
    ];
    cluster.change("nodes//a", { status: { addresses: both } });
    await want(fleet("default/eg", { proxy: typed("NodePort") }));
    await settle();
    assert.deepEqual(
      report()?.addresses.map(({ value }) => value),
      ["10.1.0.2", "5.6.7.8"],
    );
  });
});
