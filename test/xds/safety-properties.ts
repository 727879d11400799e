/** What holds for every history of changes, answers, pauses and lost connections. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { EmulatedEnvoy } from "./emulated-envoy.ts";
import { histories, type Move, Play } from "./play.ts";

/** One thing that always holds. */
export interface SafetyProperty {
  readonly name: string;
  readonly property: fc.IProperty<[Move[]]>;
  /** How many histories the tests play. */
  readonly runs: number;
}

const types = ["Cluster", "ClusterLoadAssignment", "Listener", "RouteConfiguration"] as const;

/** What holds over a variant of the protocol. In SotW, a client that comes back does not say what it has. */
export function safetyProperties(variant: "delta" | "sotw"): readonly SafetyProperty[] {
  const saysWhatItHas = variant === "delta";
  return [
    {
      name: "never lets a route in use name a cluster that cannot answer, and ends with what the store holds",
      runs: 300,
      property: fc.property(histories(0, saysWhatItHas), (history) => {
        const { envoy, wanted } = playAll(variant, history, checkClusters);
        for (const type of types) assert.deepEqual(envoy.versions(type), wanted(type), type);
      }),
    },
    {
      name: "never lets a route in use need a filter that its listener does not have, whatever the client refuses",
      runs: 300,
      property: fc.property(histories(2, saysWhatItHas), (history) => {
        playAll(variant, history, checkFilters);
      }),
    },
    {
      name: "ends with what the store holds but for what the client refuses, whatever it refuses",
      runs: 200,
      property: fc.property(histories(2, true), (history) => checkEnd(playAll(variant, history, () => {}))),
    },
  ];
}

function playAll(variant: "delta" | "sotw", history: readonly Move[], check: (envoy: EmulatedEnvoy) => void) {
  const play = new Play(variant);
  const checkNow = () => check(play.envoy);
  for (const move of history) play.move(move, checkNow);
  play.settle(checkNow);
  play.envoy.close();
  return { envoy: play.envoy, wanted: play.wanted.bind(play) };
}

function checkClusters(envoy: EmulatedEnvoy): void {
  for (const cluster of envoy.clustersInUse()) assert.ok(envoy.warm.has(cluster), `${cluster} is used and cannot answer`);
}

function checkFilters(envoy: EmulatedEnvoy): void {
  for (const [name, needed, offered] of envoy.filtersInUse())
    for (const filter of needed) assert.ok(offered.has(filter), `${name} needs ${filter}`);
}

function checkEnd({ envoy, wanted }: ReturnType<typeof playAll>): void {
  for (const type of types) {
    const has = envoy.versions(type);
    const routesOf = (name: string) => wanted("RouteConfiguration")[name];
    for (const [name, version] of Object.entries(wanted(type))) {
      if (version.endsWith("!")) continue;
      const unreachable = (type === "RouteConfiguration" && !("Listener" in has)) || type === "ClusterLoadAssignment";
      // A listener keeps what routes need that stay because their newest version is refused.
      const keepsFilters =
        type === "Listener" && routesOf(name)?.endsWith("!") && has[name]?.split("]")[1] === version.split("]")[1];
      // Routes stay while the listener is refused that would have the filters that they need.
      const lacksFilters =
        type === "RouteConfiguration" && version.split("~")[1] !== "" && wanted("Listener")[name]?.endsWith("!");
      if (keepsFilters || lacksFilters) continue;
      if (!unreachable || name in has) assert.equal(has[name] ?? version, version, `${type} ${name}`);
    }
  }
}
