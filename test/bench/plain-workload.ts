import { createRouteFiles } from "./route-files.ts";
import { whole } from "./whole-configuration.ts";
import { brings, drops, type Workload } from "./workload.ts";

/** HTTPRoutes at one listener, each with its own hostname, path and backend. */
export function plainWorkload(routes: number): Workload {
  const files = createRouteFiles(routes);
  const spread = (n: number) => (n * 7919) % routes;
  return {
    configFile: files.configFile,
    configHome: files.configHome,
    scope: files.scope,
    edits: [
      { title: "one route changed", make: (n) => brings("RouteConfiguration", files.write(spread(n), { path: n }).path) },
      {
        title: "one endpoint changed",
        make: (n) => brings("ClusterLoadAssignment", files.write(spread(n), { path: n, endpoint: n }).address),
      },
      { title: "a route added", make: (n) => brings("RouteConfiguration", files.write(routes + n).hostname) },
      { title: "a route removed", make: (n) => drops("RouteConfiguration", files.remove(routes + n).hostname) },
    ],
    whole: (client) => whole(client, routes),
    removeAll: files.removeAll,
  };
}
