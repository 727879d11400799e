import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issue } from "../builders/certificates.ts";
import type { DeltaClient } from "./delta-client.ts";
import {
  backendObject,
  certificateSecret,
  hostOf,
  kindOf,
  listenerSet,
  type MixedKind,
  matchedBy,
  platform,
  portRoutes,
  routeObject,
  setsOfTeam,
  teamOf,
} from "./mixed-objects.ts";
import { fileServer } from "./route-files.ts";
import { brings, drops, type Edit, type Workload } from "./workload.ts";

/** How large a mixed workload is. */
export interface Mix {
  readonly routes: number;
  readonly sets: number;
}

/** So many ListenerSets can be added. */
const mostAdded = 100;

/** Certificates that are made anew take their turn, so that one is made before it is needed. */
const renewals = 8;

/** Routes of all kinds; those for HTTP stand at ListenerSets, which share the ports of one Gateway, each with its own host. */
export async function mixedWorkload({ routes, sets }: Mix): Promise<Workload> {
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  const folder = join(root, "objects");
  mkdirSync(folder);
  const write = (name: string, ...objects: readonly object[]) => {
    const partial = join(root, "partial");
    writeFileSync(partial, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    renameSync(partial, join(folder, `${name}.yaml`));
  };
  const writeRoute = (route: number, edition = 0, endpoint = 0) =>
    write(`route-${route}`, routeObject(route, sets, edition), backendObject(route, addressOf(route, endpoint)));
  write("platform", ...platform());
  for (let route = 0; route < routes; route++) writeRoute(route);
  for (let set = 0; set < sets; set++) write(`set-${set}`, listenerSet(set));
  for (let team = 0; team <= teamOf(sets + mostAdded); team++)
    write(`team-${team}`, certificateSecret(team, await issue(wildcard(team))));
  const renewed = await Promise.all(Array.from({ length: renewals }, (_, team) => issue(wildcard(team))));

  const changed = (kind: MixedKind): Edit => {
    const those = Array.from({ length: routes }, (_, route) => route).filter((route) => kindOf(route) === kind);
    const pick = (n: number) => those[(n * 7919) % those.length] ?? 0;
    return {
      title: `${kind} changed`,
      make(n) {
        writeRoute(pick(n), n);
        return brings(kind === "TLSRoute" ? "Listener" : "RouteConfiguration", matchedBy(pick(n), n));
      },
    };
  };
  const portRouteChanged = (kind: MixedKind, first: number): Edit => ({
    title: `${kind} changed`,
    make(n) {
      writeRoute(first + ((n - 1) % portRoutes), 1 + Math.floor((n - 1) / portRoutes));
      return ({ type }) => type === "Listener";
    },
  });
  const spread = (n: number) => (n * 1009) % sets;
  const edits: Edit[] = [
    {
      title: "endpoint changed",
      make(n) {
        const route = 2 * portRoutes + ((n * 7919) % (routes - 2 * portRoutes));
        writeRoute(route, 0, n);
        return brings("ClusterLoadAssignment", addressOf(route, n));
      },
    },
    changed("HTTPRoute"),
    changed("GRPCRoute"),
    changed("TLSRoute"),
    portRouteChanged("TCPRoute", 0),
    portRouteChanged("UDPRoute", portRoutes),
    {
      title: "certificate renewed",
      make(n) {
        const team = n % renewals;
        const certificate = renewed[team];
        if (certificate !== undefined) write(`team-${team}`, certificateSecret(team, certificate));
        void issue(wildcard(team)).then((next) => (renewed[team] = next));
        return ({ type }) => type === "Secret";
      },
    },
    {
      title: "ListenerSet changed",
      make(n) {
        write(`set-${spread(n)}`, listenerSet(spread(n), n));
        return brings("Listener", hostOf(spread(n), n));
      },
    },
    {
      title: "ListenerSet added",
      make(n) {
        write(`set-${sets + n}`, listenerSet(sets + n));
        return brings("Listener", hostOf(sets + n));
      },
    },
    {
      title: "ListenerSet removed",
      make(n) {
        rmSync(join(folder, `set-${sets + n}.yaml`));
        return drops("Listener", hostOf(sets + n));
      },
    },
  ];
  return {
    ...fileServer(root, folder),
    edits,
    whole: (client) => whole(client, routes, sets),
    removeAll: () => rmSync(root, { recursive: true, force: true }),
  };
}

function addressOf(route: number, edition: number): string {
  return `${10 + edition}.${Math.floor(route / 65536) % 256}.${Math.floor(route / 256) % 256}.${route % 256}`;
}

function wildcard(team: number): readonly string[] {
  return [`*.team-${team}.example.com`];
}

async function whole(client: DeltaClient, routes: number, sets: number): Promise<number> {
  for (;;) {
    const at = await new Promise<number>((resolve) => (client.onDelivery = (delivery) => resolve(delivery.at)));
    // One route table for each HTTPS listener, and one for all others.
    const complete = client.count("Cluster") >= routes && client.count("ClusterLoadAssignment") >= routes;
    if (complete && client.count("RouteConfiguration") > sets && client.count("Secret") >= sets / setsOfTeam) return at;
  }
}
