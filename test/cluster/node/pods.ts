/** All pods of the node: each is taken, run and ended as its object says. */
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { nodeName } from "../addresses.ts";
import { type KeyedData, keyOf, type Pod, type VolumeSource } from "./objects.ts";
import { type PodRuntime, type RunningPod, removeObject, runPod } from "./pod.ts";

/** The node's pods. */
export interface Pods {
  /** To be called with each pod that is new, changed or gone. */
  update(pod: Pod, gone: boolean): void;
  /** A Secret or ConfigMap changed: volumes that show it do, too. */
  refresh(plural: "secrets" | "configmaps", object: KeyedData): void;
  find(namespace: string, name: string): RunningPod | undefined;
  all(): RunningPod[];
}

/** Starts without any pod. */
export function createPods(runtime: PodRuntime): Pods {
  const running = new Map<string, RunningPod>();
  const end = (pod: Pod, graceSeconds: number) => {
    const found = running.get(pod.metadata.uid);
    const ended = found === undefined ? removeObject(runtime.client, pod) : found.end(graceSeconds);
    void ended.catch((error: unknown) => console.log(`${keyOf(pod)}:`, error));
  };
  const forget = (pod: Pod) => {
    running
      .get(pod.metadata.uid)
      ?.end(0)
      .catch((error: unknown) => console.log(`${keyOf(pod)}:`, error));
    running.delete(pod.metadata.uid);
  };
  return {
    update(pod, gone) {
      const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
      if (gone) forget(pod);
      else if (deletionTimestamp !== undefined) end(pod, deletionGracePeriodSeconds);
      else if (pod.spec.nodeName === undefined) void bind(runtime, pod);
      else if (!running.has(uid) && !isOver(pod)) running.set(uid, runPod(runtime, pod));
    },
    refresh(plural, object) {
      for (const candidate of running.values()) {
        if (shows(candidate.pod, plural, object)) {
          candidate.refreshVolumes().catch((error: unknown) => console.log(`${keyOf(candidate.pod)}:`, error));
        }
      }
    },
    find: (namespace, name) =>
      [...running.values()].find(({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name),
    all: () => [...running.values()],
  };
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** The scheduler: there is but one node. */
async function bind({ client }: PodRuntime, { metadata }: Pod): Promise<void> {
  const address = { group: "", version: "v1", plural: "pods", namespace: metadata.namespace ?? "", name: metadata.name };
  const body = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: metadata.name, namespace: metadata.namespace },
    target: { kind: "Node", name: nodeName },
  };
  try {
    await client.request({ method: "POST", path: resourcePath({ ...address, subresource: "binding" }), body });
  } catch (error) {
    const settled = error instanceof ApiError && (error.code === 409 || error.code === 404);
    if (!settled) console.log(`${metadata.namespace}/${metadata.name} was not bound:`, error);
  }
}

function shows({ metadata, spec }: Pod, plural: "secrets" | "configmaps", object: KeyedData): boolean {
  if (metadata.namespace !== object.metadata.namespace) return false;
  const { name } = object.metadata;
  const isShown = ({ secret, configMap }: VolumeSource) =>
    plural === "secrets" ? (secret?.secretName ?? secret?.name) === name : configMap?.name === name;
  return (spec.volumes ?? []).some((volume) => [volume, ...(volume.projected?.sources ?? [])].some(isShown));
}
