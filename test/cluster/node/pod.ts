/** The life of one pod on the node. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../../src/kubernetes/api-client.ts";
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { type RunningContainer, secondsTime, startContainer } from "./container.ts";
import type { ReadData } from "./environment.ts";
import type { Image } from "./images.ts";
import { type Container, keyOf, type Pod } from "./objects.ts";
import type { PodNetwork } from "./pod-network.ts";
import { type ContainerState, isReady, type PodState, podStatus } from "./pod-status.ts";
import { followProbe, portAnswers, runHandler } from "./probes.ts";
import { createVolumes, type Volumes } from "./volumes.ts";

/** A pod that was started on the node. */
export interface RunningPod {
  readonly pod: Pod;
  /** The file that holds all that a container printed. */
  logOf(container: string): string;
  /** Its network, once it has one. */
  network(): PodNetwork | undefined;
  /** Brings its volumes up to date. */
  refreshVolumes(): Promise<void>;
  /** Ends it: hooks first, then a request to end, then the end, all within the seconds; then its object is removed. */
  end(graceSeconds: number): Promise<void>;
}

/** What pods are run with. */
export interface PodRuntime {
  readonly client: ApiClient;
  readonly read: ReadData;
  readonly imageFor: (reference: string) => Image;
  readonly createNetwork: () => Promise<PodNetwork>;
  /** Folders of pods are made below this one. */
  readonly home: string;
  /** Logs of containers are made in this one, and stay when their pods go. */
  readonly logs: string;
}

/** Starts a pod; failures to start are told in the log and tried again. */
export function runPod(runtime: PodRuntime, pod: Pod): RunningPod {
  const life = createLife(runtime, pod);
  life.start().catch((error: unknown) => console.log(`${keyOf(pod)}:`, error));
  return life;
}

function createLife(runtime: PodRuntime, pod: Pod): RunningPod & { start(): Promise<void> } {
  const home = join(runtime.home, `${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`);
  const homeOf = (container: string) => join(home, "containers", container);
  const logOf = (container: string) => join(runtime.logs, `${pod.metadata.namespace}_${pod.metadata.name}_${container}.log`);
  const running = new Map<string, { readonly container: Container; readonly instance: RunningContainer }>();
  const containers = new Map<string, ContainerState>();
  const { promise: asked, resolve: askToEnd } = Promise.withResolvers<void>();
  let ending = false;
  let network: PodNetwork | undefined;
  let volumes: Volumes | undefined;
  let state: PodState = {
    address: "",
    startTime: secondsTime(new Date()),
    phase: "Pending",
    containers,
    readySince: secondsTime(new Date()),
  };
  const report = createReporter(runtime.client, pod);
  const tell = (change: Partial<PodState> = {}) => {
    const before = isReady(state, pod);
    state = { ...state, ...change };
    report(state);
    return before;
  };
  const change = (name: string, part: Partial<ContainerState>) => {
    const before = isReady(state, pod);
    const initial: ContainerState = { started: false, ready: false, restarts: 0 };
    containers.set(name, { ...(containers.get(name) ?? initial), ...part });
    tell(isReady(state, pod) === before ? {} : { readySince: secondsTime(new Date()) });
  };

  /** Runs a container once; gives its exit code. */
  const runOnce = async (container: Container): Promise<number> => {
    if (network === undefined || volumes === undefined) throw new Error("the pod is not prepared");
    mkdirSync(homeOf(container.name), { recursive: true });
    const image = runtime.imageFor(container.image);
    const instance = await startContainer({
      pod,
      container,
      image,
      network,
      volumes: volumes.folders,
      home: homeOf(container.name),
      logFile: logOf(container.name),
      read: runtime.read,
    });
    running.set(container.name, { container, instance });
    change(container.name, { startedAt: instance.startedAt, ready: false, started: false });
    const active = () => running.get(container.name)?.instance === instance;
    follow(container, instance, image, active).catch((error: unknown) => console.log(`${keyOf(pod)}:`, error));
    const { exitCode } = await instance.ended;
    running.delete(container.name);
    const { startedAt: _, ...rest } = containers.get(container.name) ?? { started: false, ready: false, restarts: 0 };
    containers.set(container.name, rest);
    change(container.name, { ready: false, started: false, exitCode });
    return exitCode;
  };

  /** Runs the probes of a container, in their order. */
  const follow = async (container: Container, instance: RunningContainer, image: Image, active: () => boolean) => {
    const { startupProbe, readinessProbe, livenessProbe, name } = container;
    const place = { container, running: instance, address: state.address };
    const kill = () => void stopContainer(container, instance, 30_000);
    const ready = (value: boolean) => change(name, { ready: value });
    if (startupProbe !== undefined) {
      let started = false;
      const outcomes = { succeeded: () => (started = true), failed: kill };
      await followProbe(startupProbe, place, outcomes, { active: () => active() && !started, eager: true });
    } else if (readinessProbe === undefined) await readyPortAnswers(container, image, active, state.address);
    if (!active()) return;
    change(name, { started: true, ...(readinessProbe === undefined ? { ready: true } : {}) });
    const outcomes = { succeeded: () => ready(true), failed: () => ready(false) };
    const following = [
      ...(readinessProbe === undefined ? [] : [followProbe(readinessProbe, place, outcomes, { active, eager: true })]),
      ...(livenessProbe === undefined
        ? []
        : [followProbe(livenessProbe, place, { succeeded: () => undefined, failed: kill }, { active, eager: false })]),
    ];
    await Promise.all(following);
  };

  const stopContainer = async (container: Container, instance: RunningContainer, graceMs: number) => {
    const end = Date.now() + graceMs;
    const hook = container.lifecycle?.preStop;
    if (hook !== undefined && graceMs > 0)
      await runHandler(hook, { container, running: instance, address: state.address }, graceMs);
    if (graceMs > 0) instance.signal("SIGTERM");
    const timer = setTimeout(() => instance.signal("SIGKILL"), Math.max(0, end - Date.now()));
    await instance.ended;
    clearTimeout(timer);
  };

  const keepRunning = async (container: Container): Promise<number> => {
    const { restartPolicy = "Always" } = pod.spec;
    for (let restarts = 0; ; restarts++) {
      const code = await runOnce(container);
      if (ending || restartPolicy === "Never" || (restartPolicy === "OnFailure" && code === 0)) return code;
      console.log(`${keyOf(pod)}: ${container.name} ended with code ${code}`);
      await Promise.race([sleep(Math.min(1000 * 2 ** restarts, 10_000)), asked]);
      if (ending) return code;
      change(container.name, { restarts: restarts + 1 });
    }
  };

  return {
    pod,
    logOf,
    network: () => network,
    refreshVolumes: async () => volumes?.refresh(),
    async start() {
      network = await runtime.createNetwork();
      tell({ address: network.address });
      for (let tries = 0; volumes === undefined && !ending; tries++) {
        try {
          volumes = await createVolumes(runtime.client, runtime.read, pod, network.address, join(home, "volumes"));
        } catch (error) {
          if (tries % 20 === 0) console.log(`${keyOf(pod)}: its volumes cannot be made yet: ${error}`);
          await sleep(250);
        }
      }
      for (const container of pod.spec.initContainers ?? []) {
        while (!ending && (await runOnce(container)) !== 0) await Promise.race([sleep(1_000), asked]);
      }
      if (ending) return;
      tell({ phase: "Running" });
      const codes = await Promise.all(pod.spec.containers.map(keepRunning));
      if (!ending) tell({ phase: codes.every((code) => code === 0) ? "Succeeded" : "Failed" });
    },
    async end(graceSeconds) {
      if (ending) {
        // Asked again, with less patience.
        if (graceSeconds === 0) for (const { instance } of running.values()) instance.signal("SIGKILL");
        return;
      }
      ending = true;
      askToEnd();
      const stopping = [...running.values()].map(({ container, instance }) =>
        stopContainer(container, instance, graceSeconds * 1000),
      );
      await Promise.all(stopping);
      await network?.remove();
      report(undefined);
      await removeObject(runtime.client, pod);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function readyPortAnswers(
  { env = [] }: Container,
  { readyPort }: Image,
  active: () => boolean,
  address: string,
): Promise<void> {
  if (readyPort === undefined || env.some(({ name }) => name === readyPort.unless)) return;
  const port = Number(env.find(({ name }) => name === readyPort.variable)?.value ?? readyPort.default);
  while (active() && !(await portAnswers(address, port, 1000))) await sleep(50);
}

/** Reports one state after the other; of those that wait, only the newest. Nothing more is reported after undefined. */
function createReporter(client: ApiClient, pod: Pod): (state: PodState | undefined) => void {
  let next: object | undefined;
  let busy = false;
  let closed = false;
  const path = pathOf(pod, "status");
  const work = async () => {
    busy = true;
    while (next !== undefined && !closed) {
      const status = next;
      next = undefined;
      try {
        await client.request({ method: "PATCH", path, body: { status }, contentType: "application/merge-patch+json" });
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return;
        next ??= status;
        await sleep(200);
      }
    }
    busy = false;
  };
  return (state) => {
    closed ||= state === undefined;
    if (state === undefined || closed) return;
    next = podStatus(pod, state);
    if (!busy) void work();
  };
}

/** The pod is gone from the node: now its object may go. */
export async function removeObject(client: ApiClient, pod: Pod): Promise<void> {
  const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
  for (;;) {
    try {
      await client.request({ method: "DELETE", path: pathOf(pod), body });
      return;
    } catch (error) {
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return;
      console.log(`${keyOf(pod)} was not removed yet: ${error}`);
      await sleep(500);
    }
  }
}

function pathOf({ metadata }: Pod, subresource?: string): string {
  const address = { group: "", version: "v1", plural: "pods", namespace: metadata.namespace ?? "", name: metadata.name };
  return resourcePath(subresource === undefined ? address : { ...address, subresource });
}
