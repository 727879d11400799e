/** A provider over a server in memory, with the whole translation behind it. */
import type { TestContext } from "node:test";
import { standaloneConfig } from "../../src/api/config/standalone-config.ts";
import type { LabelSelector } from "../../src/api/gateway/selector.ts";
import { builtKinds } from "../../src/api/kinds.ts";
import { openPipeline } from "../../src/gateway/pipeline.ts";
import { createGathering, createGraph } from "../../src/graph/index.ts";
import { createLogs } from "../../src/log/logger.ts";
import { createKubernetesProvider } from "../../src/provider/kubernetes/kubernetes-provider.ts";
import { writerTo } from "../../src/provider/provider.ts";
import { ManualClock } from "../builders/manual-clock.ts";
import { FakeApiServer } from "./fake-api-server.ts";

/** All kinds that are built, as a server names them. */
export const allCollections: readonly string[] = builtKinds.map(({ group, versions, plural }) =>
  [...(group === "" ? [] : [group]), versions[0].name, plural].join("/"),
);

/** What can be different about the rig. */
export interface RigOptions {
  readonly collections?: readonly string[];
  readonly streams?: boolean;
  readonly namespaces?: readonly string[] | LabelSelector;
}

/** Opens it; it is closed when the test ends. */
export function openProviderOver(t: Pick<TestContext, "after">, options: RigOptions = {}) {
  const server = new FakeApiServer(options.collections ?? allCollections);
  server.streams = options.streams ?? true;
  const clock = new ManualClock();
  const graph = createGraph({ freeze: true });
  const pipeline = openPipeline({ config: standaloneConfig([]), graph });
  const errors: unknown[] = [];
  const gathering = createGathering(graph, { report: (error) => errors.push(error) });
  let log = "";
  const provider = createKubernetesProvider({
    client: server.client,
    graph,
    objects: pipeline.objects,
    unreadable: pipeline.configuration.running.unreadable,
    writer: writerTo(pipeline.objects),
    gathering,
    log: createLogs({}, { write: (line) => (log += line) }).for("provider"),
    namespaces: options.namespaces,
    controllerNamespace: "envoy-gateway-system",
    clock,
    random: () => 0.5,
  });
  t.after(async () => {
    await provider.stop();
    gathering.close();
    graph.close();
  });
  const start = async () => {
    provider.start();
    await gathering.synced;
  };
  return { server, clock, graph, pipeline, gathering, provider, start, errors, log: () => log };
}

/** Tries an assertion until it holds; lets its last error out when it does not within 30 s. */
export async function holdsSoon(assertion: () => void): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
