/**
 * The one node of a cluster: it takes all pods and runs them as processes, leads traffic to Services, gives load balancers their
 * addresses, and answers for DNS and logs.
 *
 * usage: main.ts CLUSTER BINARIES_AS_JSON
 */
import type { ApiClient } from "../../../src/kubernetes/api-client.ts";
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { serveForwarding } from "../../kubernetes/port-forward-server.ts";
import { nodeAddress, nodeName, nodePort } from "../addresses.ts";
import { connect } from "../api-connection.ts";
import { folderOf } from "../cluster-folder.ts";
import { credentialPaths } from "../credentials.ts";
import { secondsTime } from "./container.ts";
import { serveDns } from "./dns-server.ts";
import type { ReadData } from "./environment.ts";
import { createImages } from "./images.ts";
import { createLoadBalancers } from "./load-balancer.ts";
import { serveLogs } from "./log-server.ts";
import { type EndpointSlice, type KeyedData, keyOf, type Pod, type Service } from "./objects.ts";
import { createPodNetworks, dialInside } from "./pod-network.ts";
import { createPods } from "./pods.ts";
import { createRuleWriter, endpointsOf, groupSlices, serviceRules } from "./services.ts";
import { watchCollection } from "./watched-collection.ts";

const [name = "", binaries = "{}"] = process.argv.slice(2);
const folder = folderOf(name);
const client = await connect(folder.kubeconfig);
process.on("unhandledRejection", (reason) => console.log("error:", reason));

const read: ReadData = async (plural, namespace, object) =>
  (await client.request({
    method: "GET",
    path: resourcePath({ group: "", version: "v1", plural, namespace, name: object }),
  })) as KeyedData;
const pods = createPods({
  client,
  read,
  imageFor: createImages(JSON.parse(binaries), folder),
  createNetwork: createPodNetworks(),
  home: folder.pods,
  logs: folder.logs,
});

const loadBalancers = createLoadBalancers(client);
const writeRules = createRuleWriter(() =>
  serviceRules(services.objects.values(), slices.objects.values(), loadBalancers.addresses),
);
const services = watchCollection<Service>(client, "/api/v1/services", (service, gone) => {
  loadBalancers.update(service, gone);
  writeRules();
});
const slices = watchCollection<EndpointSlice>(client, "/apis/discovery.k8s.io/v1/endpointslices", writeRules);

serveDns((namespace, service) => {
  const found = services.objects.get(`${namespace}/${service}`);
  if (found === undefined) return undefined;
  const { clusterIP, ports = [] } = found.spec;
  if (clusterIP !== undefined && clusterIP !== "None") return [clusterIP];
  const own = groupSlices(slices.objects.values()).get(keyOf(found)) ?? [];
  return [...new Set(ports.flatMap((port) => endpointsOf(port, own)).map((endpoint) => endpoint.split(":")[0] ?? ""))];
});
const server = serveLogs(
  credentialPaths(folder.path),
  (namespace, pod, container) => pods.find(namespace, pod)?.logOf(container),
  () => pods.all().flatMap(({ pod, logOf }) => pod.spec.containers.map(({ name }) => logOf(name))),
);
serveForwarding(server, (url) => {
  const [, namespace = "", pod = ""] = /^\/portForward\/([^/]+)\/([^/]+)/.exec(url.pathname) ?? [];
  const network = pods.find(namespace, pod)?.network();
  const port = Number(url.searchParams.get("port"));
  return network && { port, dial: () => dialInside(network, port) };
});

await register(client);
await Promise.all([services.synced, slices.synced]);
watchCollection<Pod>(client, "/api/v1/pods", pods.update);
for (const plural of ["secrets", "configmaps"] as const) {
  watchCollection<KeyedData>(client, `/api/v1/${plural}`, (object, gone) => {
    if (!gone) pods.refresh(plural, object);
  });
}
console.log(`${name}: the node is up`);

/** Makes the Node object. Only one address: the API server asks the first for logs. */
async function register(client: ApiClient): Promise<void> {
  const path = resourcePath({ group: "", version: "v1", plural: "nodes" });
  const labels = {
    "kubernetes.io/hostname": nodeName,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "topology.kubernetes.io/region": "region-0",
    "topology.kubernetes.io/zone": "zone-0",
  };
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: nodeName, labels } };
  await client.request({ method: "POST", path, body: node }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  });
  const now = secondsTime(new Date());
  const resources = { cpu: "64", memory: "256Gi", pods: "500" };
  await client.request({
    method: "PATCH",
    path: `${path}/${nodeName}/status`,
    contentType: "application/merge-patch+json",
    body: {
      status: {
        capacity: resources,
        allocatable: resources,
        addresses: [{ type: "InternalIP", address: nodeAddress }],
        daemonEndpoints: { kubeletEndpoint: { Port: nodePort } },
        conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime: now, lastTransitionTime: now }],
      },
    },
  });
}
