/** The pods of a control plane and its proxies in a cluster, and their admin interfaces, which only the pods themselves reach. */
import { request } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { versionInfo } from "../gateway/version.ts";
import { type Cluster, openCluster } from "../kubernetes/cluster.ts";
import { openPodPort } from "../kubernetes/port-forward.ts";
import { resourcePath } from "../kubernetes/resource-path.ts";
import { successful } from "./admin-answer.ts";
import type { AdminChoice } from "./admin-choice.ts";

/** A pod as far as it matters here. */
export interface Pod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The port of both admin interfaces, on the loopback interface of the pod. */
const adminPort = 19000;

/** Asks the admin API of a control plane: of its replicas one that is ready. Rejects in words for the user. */
export async function askControlPlane(
  choice: AdminChoice,
  path: string,
): Promise<{ readonly place: string; readonly body: string }> {
  const pod = await controlPlanePod(choice);
  const { namespace, name } = pod.metadata;
  return { place: `pod ${namespace}/${name}`, body: await askPod(choice, pod, path) };
}

/** A pod of the control plane, a ready one if there is. Rejects in words for the user when there is none. */
export async function controlPlanePod(choice: AdminChoice): Promise<Pod> {
  const namespace = choice.controllerNamespace;
  const pods = await listPods(choice, "control-plane=envoy-gateway", namespace);
  if (choice.pod !== undefined && pods.length > 0) {
    const named = pods.find(({ metadata }) => metadata.name === choice.pod);
    if (named !== undefined) return named;
    const there = pods.map(({ metadata }) => metadata.name).join(", ");
    throw new Error(`no pod ${choice.pod} of a control plane in namespace ${namespace}: there are ${there}`);
  }
  const pod = pods.find(isReady) ?? pods[0];
  if (pod !== undefined) return pod;
  throw new Error(`no control plane runs in namespace ${namespace}: is it another one (--controller-namespace)?`);
}

/** The pods of all proxies. */
export function proxyPods(choice: AdminChoice): Promise<readonly Pod[]> {
  return listPods(choice, "app.kubernetes.io/component=proxy,app.kubernetes.io/managed-by=envoy-gateway");
}

/** Opens a connection to the admin interface of a pod. Rejects in words for the user. */
export async function openPodAdmin(choice: AdminChoice, { metadata: { namespace, name } }: Pod): Promise<Duplex> {
  const { access } = await clusterOf(choice);
  return openPodPort(access, { namespace, pod: name, port: adminPort });
}

/** Asks the admin interface of a pod. Rejects in words for the user. */
export async function askPod(choice: AdminChoice, pod: Pod, path: string): Promise<string> {
  const stream = await openPodAdmin(choice, pod);
  const asked = request({
    createConnection: () => stream,
    path,
    headers: { host: `localhost:${adminPort}`, connection: "close" },
  }).end();
  const answer = await new Promise<NodeJS.ReadableStream & { statusCode?: number | undefined }>((resolve, reject) => {
    asked.on("response", resolve).on("error", reject);
  });
  return successful(answer.statusCode ?? 0, await text(answer), `${pod.metadata.name}${path}`);
}

async function listPods(choice: AdminChoice, labelSelector: string, namespace?: string): Promise<readonly Pod[]> {
  const { client } = await clusterOf(choice);
  const path = resourcePath({ group: "", version: "v1", plural: "pods", ...(namespace !== undefined && { namespace }) });
  const answer = (await client.request({ method: "GET", path, query: { labelSelector } })) as { readonly items: readonly Pod[] };
  return answer.items;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}

/** A command asks one cluster, several times. Idle connections do not keep the program from ending. */
const clusters = new Map<string, Promise<Cluster>>();

function clusterOf({ kubeconfig, context }: AdminChoice): Promise<Cluster> {
  const key = JSON.stringify([kubeconfig, context]);
  const found =
    clusters.get(key) ?? openCluster({ kubeconfig, context, userAgent: `egctl/${versionInfo().envoyGatewayVersion}` });
  clusters.set(key, found);
  return found;
}
