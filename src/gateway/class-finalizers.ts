/** Keeps GatewayClasses from going while there are Gateways of them. */
import type { Collection, Graph } from "../graph/index.ts";
import { createBackOff } from "../infra/back-off.ts";
import { classFinalizer, setClassFinalizer } from "../infra/kubernetes/cluster/class-finalizers.ts";
import type { ApiClient } from "../kubernetes/api-client.ts";
import type { Logger } from "../log/logger.ts";
import { pause } from "../provider/kubernetes/back-off.ts";
import type { Pipeline } from "./pipeline.ts";

/** A GatewayClass of ours. Key: its name. */
export interface HeldClass {
  /** There are Gateways of it. */
  readonly used: boolean;
  /** It has the finalizer. */
  readonly held: boolean;
}

/** Derives which of our GatewayClasses are used, and held. To be called before there are objects. */
export function deriveHeldClasses(graph: Graph, { objects, configuration }: Pipeline): Collection<HeldClass> {
  const { classes, gateways } = configuration.verdicts;
  const byClass = graph.index("class", gateways, ({ className }) => [className]);
  return graph.derive("held classes", classes, (context, { name }) => {
    const { finalizers = [] } = context.get(objects.GatewayClass, name)?.metadata ?? {};
    return { used: context.list(byClass, name).length > 0, held: finalizers.includes(classFinalizer) };
  });
}

const retries = { firstMs: 500, longestMs: 30_000, healthyMs: Number.POSITIVE_INFINITY };

/** Adds and removes the finalizer until the returned function is called. What fails is tried again. */
export function holdClasses(graph: Graph, classes: Collection<HeldClass>, client: ApiClient, log: Logger): () => void {
  const ending = new AbortController();
  const working = new Map<string, Promise<void>>();
  const settle = async (name: string): Promise<void> => {
    const backOff = createBackOff(retries);
    for (;;) {
      const wanted = classes.get(name);
      if (ending.signal.aborted || wanted === undefined || wanted.used === wanted.held) return;
      try {
        await setClassFinalizer(client, name, wanted.used, ending.signal);
        if (classes.get(name)?.used === wanted.used) return;
      } catch (error) {
        if (ending.signal.aborted) return;
        log.warn("cannot set the finalizer of a GatewayClass", { name, error });
        await pause(backOff.next(0), ending.signal);
      }
    }
  };
  const unsubscribe = graph.subscribe(classes, ({ state }) => {
    for (const [name, { used, held }] of state.entries()) {
      if (used === held || working.has(name)) continue;
      working.set(
        name,
        settle(name).finally(() => working.delete(name)),
      );
    }
  });
  return () => {
    unsubscribe();
    ending.abort();
  };
}
