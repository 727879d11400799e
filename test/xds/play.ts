/** Histories of changes, answers, pauses and lost connections, played between a stream and a client that behaves like Envoy. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { XdsResource, XdsType } from "../../src/xds/resource.ts";
import { createXdsStore, type ResourceChange } from "../../src/xds/server/store.ts";
import { ManualClock } from "../builders/manual-clock.ts";
import { EmulatedEnvoy } from "./emulated-envoy.ts";
import { allFilters, drop, edsCluster, endpoints, filteringListener, inPieces, neededFilter, put, routes } from "./resources.ts";

/** A configuration: which clusters exist and in which version, and what each route uses. */
export interface World {
  readonly clusters: Readonly<Record<string, { readonly cluster: string; readonly endpoints: string }>>;
  /** Listener and its routes, or undefined where it is absent. */
  readonly gateways: Readonly<
    Record<
      string,
      | {
          readonly listener: string;
          readonly routes: string;
          readonly uses: readonly string[];
          readonly filters: readonly string[];
        }
      | undefined
    >
  >;
}

/** One thing that happens. */
export type Move =
  | { readonly kind: "world"; readonly world: World }
  | { readonly kind: "step"; readonly count: number }
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "reconnect" };

const clusterNames = ["a", "b", "c", "d"];

/** @param badShare how many of 10 versions the client refuses */
function worlds(badShare: number): fc.Arbitrary<World> {
  const bad = fc.integer({ min: 0, max: 9 }).map((draw) => (draw < badShare ? "!" : ""));
  const version = fc.tuple(fc.integer({ min: 1, max: 3 }), bad).map(([number, mark]) => `${number}${mark}`);
  const cluster = fc.record({ cluster: version, endpoints: version });
  const clusters = fc
    .subarray(clusterNames, { minLength: 1 })
    .chain((names) =>
      fc.tuple(...names.map(() => cluster)).map((values) => Object.fromEntries(names.map((name, at) => [name, values[at]!]))),
    );
  return clusters.chain((existing) => {
    const gateway = fc.record({
      listener: version,
      routes: version,
      uses: fc.subarray(Object.keys(existing)),
      filters: fc.subarray([...allFilters]),
    });
    const gateways = fc.record({ one: fc.option(gateway, { nil: undefined }), two: fc.option(gateway, { nil: undefined }) });
    return gateways.map((each) => ({ clusters: existing, gateways: each }));
  });
}

/**
 * Histories to play.
 * @param badShare how many of 10 versions the client refuses
 */
export function histories(badShare: number, withReconnects: boolean): fc.Arbitrary<Move[]> {
  const moves: fc.WeightedArbitrary<Move>[] = [
    { weight: 4, arbitrary: worlds(badShare).map((world) => ({ kind: "world", world })) },
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => ({ kind: "step", count })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 7000 }).map((ms) => ({ kind: "pause", ms })) },
  ];
  if (withReconnects) moves.push({ weight: 1, arbitrary: fc.constant({ kind: "reconnect" }) });
  return fc.array(fc.oneof(...moves), { minLength: 5, maxLength: 60 });
}

/** The resources of a world. A route's version tells what it uses, as a digest would. */
function resourcesOf({ clusters, gateways }: World): XdsResource[] {
  const made: XdsResource[] = [];
  for (const [name, { cluster, endpoints: version }] of Object.entries(clusters))
    made.push(edsCluster(name, cluster), endpoints(name, version));
  for (const [name, gateway] of Object.entries(gateways)) {
    if (gateway === undefined) continue;
    made.push(
      filteringListener(name, gateway.listener, name, gateway.filters),
      routes(name, `${gateway.uses.join("+")}~${gateway.filters}~${gateway.routes}`, gateway.uses, gateway.filters),
    );
  }
  return made.map(inPieces);
}

/** Plays histories against a store and a client. */
export class Play {
  readonly store = createXdsStore();
  readonly clock = new ManualClock();
  readonly #contents = new Map<string, XdsResource>();
  readonly envoy: EmulatedEnvoy;
  #present = new Map<string, XdsResource>();

  constructor(variant: "delta" | "sotw") {
    this.envoy = new EmulatedEnvoy(this.store, this.clock, variant, this.#contents);
  }

  move(move: Move, check: () => void): void {
    if (move.kind === "world") this.#become(move.world);
    if (move.kind === "step") this.#step(move.count, check);
    if (move.kind === "reconnect") this.envoy.reconnect();
    if (move.kind === "pause") {
      // The client answers faster than the bounds: they are another test's matter.
      this.#step(1000, check);
      this.clock.advance(move.ms);
    }
    check();
  }

  /** Lets everything come to rest. */
  settle(check: () => void): void {
    for (let rounds = 0; rounds < 12; rounds++) {
      this.#step(1000, check);
      this.clock.advance(6000);
    }
    this.#step(1000, check);
    assert.equal(this.envoy.unread, 0, "the server never stops sending");
  }

  wanted(type: XdsType): Record<string, string> {
    const ofType = [...this.#present.values()].filter((each) => each.type === type);
    return Object.fromEntries(ofType.map(({ name, version }) => [name, version]));
  }

  #step(most: number, check: () => void): void {
    for (let count = 0; count < most && this.envoy.unread > 0; count++) {
      this.envoy.step();
      check();
    }
  }

  #become(world: World): void {
    const next = new Map(resourcesOf(world).map((each) => [`${each.type}|${each.name}`, each]));
    const changes: ResourceChange[] = [];
    for (const each of next.values()) {
      for (const known of [each, ...widenings(each)]) this.#contents.set(`${known.type}|${known.name}@${known.version}`, known);
      changes.push(put(each));
    }
    for (const [key, { type, name }] of this.#present) if (!next.has(key)) changes.push(drop(type, name));
    this.#present = next;
    this.store.apply(changes);
  }
}

/** A listener with all that the server may add to it. */
function widenings({ name, entrances }: XdsResource): XdsResource[] {
  if (entrances === undefined) return [];
  return [["f"], ["g"], allFilters].map((filters) =>
    entrances.widened(new Map([[name, new Map(filters.map((each) => [each, neededFilter(each)]))]])),
  );
}
