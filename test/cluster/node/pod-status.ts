/** The status of a pod, as the node reports it. */
import { nodeAddress } from "../addresses.ts";
import type { Container, Pod } from "./objects.ts";

/** What is known of a container. */
export interface ContainerState {
  /** Undefined while it does not run. */
  readonly startedAt?: string;
  readonly started: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  /** Of the last time that it ended. */
  readonly exitCode?: number;
}

/** What is known of a pod. */
export interface PodState {
  readonly address: string;
  readonly startTime: string;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  /** By name. */
  readonly containers: ReadonlyMap<string, ContainerState>;
  /** When it got ready, or stopped being so. */
  readonly readySince: string;
}

/** Whether all containers are ready. */
export function isReady({ phase, containers }: Pick<PodState, "phase" | "containers">, { spec }: Pod): boolean {
  return phase === "Running" && spec.containers.every(({ name }) => containers.get(name)?.ready === true);
}

/** The status for the API (core/v1 PodStatus). */
export function podStatus(pod: Pod, state: PodState): object {
  const { address, startTime, phase } = state;
  const ready = isReady(state, pod);
  const condition = (type: string, status: boolean, lastTransitionTime: string) => ({
    type,
    status: status ? "True" : "False",
    lastTransitionTime,
  });
  const statusOf = (container: Container) => containerStatus(container, state.containers.get(container.name));
  return {
    phase,
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime,
    conditions: [
      condition("PodScheduled", true, startTime),
      condition("Initialized", phase !== "Pending", startTime),
      condition("ContainersReady", ready, state.readySince),
      condition("Ready", ready, state.readySince),
    ],
    containerStatuses: pod.spec.containers.map(statusOf),
    ...(pod.spec.initContainers === undefined ? {} : { initContainerStatuses: pod.spec.initContainers.map(statusOf) }),
  };
}

function containerStatus({ name, image }: Container, state: ContainerState | undefined): object {
  const { startedAt, started = false, ready = false, restarts: restartCount = 0, exitCode } = state ?? {};
  const terminated = { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error" } };
  const idle = exitCode === undefined ? { waiting: { reason: "ContainerCreating" } } : terminated;
  return {
    name,
    image,
    imageID: image,
    ready,
    started,
    restartCount,
    state: startedAt === undefined ? idle : { running: { startedAt } },
    ...(exitCode === undefined ? {} : { lastState: terminated }),
  };
}
