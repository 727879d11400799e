import type { PureCondition } from "../gatewayapi/conditions.ts";
import type { Pipeline } from "./pipeline.ts";

/**
 * Waits until a Gateway (`namespace/name`) is Programmed: its proxies run and have taken their configuration. Gives the condition
 * then, or as it stands when `patience` is aborted; undefined when the Gateway has none, because it is missing or not ours.
 */
export function untilProgrammed(
  { graph, statuses }: Pipeline,
  gateway: string,
  patience: AbortSignal,
): Promise<PureCondition | undefined> {
  const current = (): PureCondition | undefined => {
    const status = statuses.get(`Gateway/${gateway}`)?.status;
    return status !== undefined && "conditions" in status
      ? status.conditions.find(({ type }) => type === "Programmed")
      : undefined;
  };
  const { promise, resolve } = Promise.withResolvers<PureCondition | undefined>();
  const look = (): void => {
    const condition = current();
    if (condition?.status === "True" || patience.aborted) resolve(condition);
  };
  patience.addEventListener("abort", look);
  const unsubscribe = graph.subscribe(statuses, look);
  return promise.finally(() => {
    unsubscribe();
    patience.removeEventListener("abort", look);
  });
}
