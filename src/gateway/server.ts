import type { FileMemory } from "../provider/file/file-provider.ts";
import type { StatusMemory } from "../provider/status-store.ts";
import { createClosers } from "./closers.ts";
import { type CommonOptions, openControlPlane, type WorkingControlPlane } from "./control-plane.ts";
import { standalone } from "./standalone.ts";

/** What a control plane is made from. */
export interface ControlPlaneOptions extends CommonOptions {
  /** The Envoy to run. Default: the one on PATH, else the one that set-up installed. */
  readonly envoyPath?: string | undefined;
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
  /** What it knows at present, for one that is started after it. */
  memory(): ControlPlaneMemory;
  /** Drains and stops the proxies, then everything else. Aborting `hurry` ends the draining. */
  stop(hurry?: AbortSignal): Promise<void>;
  /** Stops everything but the proxies, which go on with what they have; a control plane started later takes them over. */
  detach(): Promise<void>;
}

/**
 * Starts a control plane in the surroundings that its configuration asks for. Resolves when the first complete configuration is worked
 * out; rejects, in words for the user and with nothing left behind, when something that it needs cannot be had.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { config, envoyPath, memory } = options;
  const closers = createClosers();
  try {
    const surroundings = standalone({ config, envoyPath, files: memory?.files });
    const working = await openControlPlane(options, surroundings, closers, memory?.statuses);
    const { ports, pipeline, provider, infrastructure, statusMemory } = working;
    return {
      ports,
      pipeline,
      provider,
      memory: () => ({ files: surroundings.fileMemory(), statuses: statusMemory() }),
      async stop(hurry) {
        await infrastructure?.stop(hurry);
        await closers.close();
      },
      async detach() {
        await infrastructure?.detach();
        await closers.close();
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
