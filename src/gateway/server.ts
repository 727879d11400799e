import type { FileMemory } from "../provider/file/file-provider.ts";
import type { StatusMemory } from "../provider/status-store.ts";
import { type Closers, createClosers } from "./closers.ts";
import { type CommonOptions, openControlPlane, type WorkingControlPlane } from "./control-plane.ts";
import type { InKubernetesOptions } from "./kubernetes.ts";
import { standalone } from "./standalone.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a control plane is made from. */
export interface ControlPlaneOptions extends CommonOptions {
  /** The Envoy to run. Default: the one on PATH, else the one that set-up installed. */
  readonly envoyPath?: string | undefined;
  /** The cluster to work in, and where its certificate is. Default: the cluster of the environment. */
  readonly cluster?: Omit<InKubernetesOptions, "config" | "logs"> | undefined;
  /** What an earlier control plane knew. */
  readonly memory?: ControlPlaneMemory | undefined;
}

/** What a control plane knows that the objects do not say: last good versions, generations, times of statuses. */
export interface ControlPlaneMemory {
  readonly files: FileMemory | undefined;
  readonly statuses: StatusMemory;
}

/** A running control plane. */
export interface ControlPlane extends Pick<WorkingControlPlane, "ports" | "pipeline" | "provider"> {
  /** The address that health and metrics are served on, and xDS. */
  readonly host: string;
  /** What it knows at present, for one that is started after it. */
  memory(): ControlPlaneMemory;
  /** Stops everything; proxies that live and die with the control plane are drained first. Aborting `hurry` ends the draining. */
  stop(hurry?: AbortSignal): Promise<void>;
  /** Stops everything but the proxies, which go on with what they have; a control plane started later takes them over. */
  detach(): Promise<void>;
}

/**
 * Starts a control plane in the surroundings that its configuration asks for. Resolves when the first complete configuration is worked
 * out; rejects, in words for the user and with nothing left behind, when something that it needs cannot be had.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const closers = createClosers();
  try {
    const surroundings = await surroundingsOf(options, closers);
    const working = await openControlPlane(options, surroundings, closers, options.memory?.statuses);
    const { ports, pipeline, provider, infrastructure, statusMemory } = working;
    const detach = async () => {
      await infrastructure?.detach();
      await closers.close();
    };
    return {
      ...{ ports, pipeline, provider, detach, host: surroundings.host },
      memory: () => ({ files: surroundings.fileMemory?.(), statuses: statusMemory() }),
      async stop(hurry) {
        if (surroundings.proxiesStay) return detach();
        await infrastructure?.stop(hurry);
        await closers.close();
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** What runs in a cluster is loaded only there. */
async function surroundingsOf(
  { config, logs, envoyPath, cluster = {}, memory }: ControlPlaneOptions,
  closers: Closers,
): Promise<Surroundings & { fileMemory?(): FileMemory | undefined }> {
  if (config.provider.type === "Kubernetes") {
    const { inKubernetes } = await import("./kubernetes.ts");
    return inKubernetes({ ...cluster, config, logs }, closers);
  }
  const alone = standalone({ config, envoyPath, files: memory?.files });
  const { resource } = config.provider.custom ?? {};
  if (resource?.type !== "Kubernetes") return alone;
  const { kubernetesObjects } = await import("./kubernetes-objects.ts");
  return { ...alone, ...(await kubernetesObjects(resource.kubernetes ?? {}, cluster, logs, closers)) };
}
