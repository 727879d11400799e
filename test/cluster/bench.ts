/** `npm run bench:kubernetes`: memory and start of the control plane on a cluster with 1,000 routes, Services and EndpointSlices. */
import { buildBinaries } from "./binaries.ts";
import { runningClusters } from "./cluster-folder.ts";
import { requireMachine } from "./machine.ts";
import { outcomeFolder, passThroughCluster, pathOf } from "./passing-cluster.ts";

requireMachine();
runningClusters();
process.exitCode = await passThroughCluster({
  binaries: await buildBinaries(),
  name: `bench-${process.pid}`,
  command: [pathOf("bench-run.ts")],
  outcomes: outcomeFolder("cluster/bench"),
});
