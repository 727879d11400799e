import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeCluster } from "../../../test/builders/fake-cluster.ts";
import { clusterSite, fleet, onKubernetes } from "../../../test/builders/fleets.ts";
import { ManualClock, settledPromises } from "../../../test/builders/manual-clock.ts";
import type { ProxyInfra } from "../../ir/infra.ts";
import { ApiError } from "../../kubernetes/api-client.ts";
import { silentLogger } from "../../log/logger.ts";
import { isAsExpected } from "./cluster/drift.ts";
import { createKubernetesInfrastructure } from "./kubernetes-infrastructure.ts";

const proxies = [
  undefined,
  onKubernetes({ envoyDaemonSet: {} }),
  onKubernetes({ envoyHpa: { maxReplicas: 3 }, envoyPDB: { minAvailable: 1 } }),
  onKubernetes({ envoyDeployment: { name: "renamed", replicas: 2 }, envoyServiceAccount: { name: "shared" } }),
];

/** What may happen: fleets are wanted in some variant each, somebody meddles, the server refuses for a while, time passes. */
type Step =
  | { readonly want: readonly (readonly [string, number])[] }
  | { readonly meddle: number; readonly how: "change" | "remove" | "unlabel" }
  | { readonly refuse: boolean }
  | { readonly restart: true }
  | { readonly seconds: number };

const variant = fc.tuple(fc.constantFrom("default/a", "default/b", "shop/a"), fc.nat({ max: proxies.length - 1 }));
const want = fc.record({ want: fc.uniqueArray(variant, { selector: ([key]) => key, maxLength: 3 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: want },
  { weight: 3, arbitrary: fc.record({ meddle: fc.nat(), how: fc.constantFrom("change", "remove", "unlabel") }) },
  fc.record({ refuse: fc.boolean() }),
  fc.constant({ restart: true } as const),
  fc.record({ seconds: fc.constantFrom(0, 1, 10, 60) }),
);

class World {
  readonly cluster = new FakeCluster();
  readonly clock = new ManualClock();
  wanted: readonly ProxyInfra[] = [];
  #infrastructure = this.#start();

  #start() {
    return createKubernetesInfrastructure({
      client: this.cluster.client,
      follow: this.cluster.follow,
      site: () => clusterSite,
      namespaces: [clusterSite.controllerNamespace],
      report: () => {},
      observer: { applied: () => {}, deleted: () => {} },
      log: silentLogger,
      clock: this.clock,
    });
  }

  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 10) await this.clock.advanceSettling(10_000);
    for (let i = 0; i < 5; i++) await settledPromises();
  }

  async take(taken: Step): Promise<void> {
    if ("want" in taken) {
      this.wanted = taken.want.map(([key, index]) => fleet(key, { proxy: proxies[index] }));
      this.#infrastructure.reconcile(this.wanted);
    } else if ("restart" in taken) {
      await this.#infrastructure.detach();
      this.#infrastructure = this.#start();
      this.#infrastructure.reconcile(this.wanted);
    } else if ("refuse" in taken) {
      this.cluster.refuse = taken.refuse
        ? () => {
            throw new ApiError(500, "InternalError", "no");
          }
        : () => {};
    } else if ("seconds" in taken) await this.pass(taken.seconds);
    else this.#meddle(taken.meddle, taken.how);
    await settledPromises();
  }

  #meddle(which: number, how: "change" | "remove" | "unlabel"): void {
    const places = [...this.cluster.objects.keys()].sort();
    const place = places[which % Math.max(1, places.length)];
    if (place === undefined) return;
    if (how === "remove") this.cluster.remove(place);
    else if (how === "change")
      this.cluster.change(place, { metadata: { ownerReferences: null }, spec: { strategy: { type: "Recreate" } } });
    else this.cluster.change(place, { metadata: { labels: { "app.kubernetes.io/component": "other" } } });
  }

  /** What was applied and is stored, without what the server adds. */
  state(): readonly string[] {
    return [...this.cluster.objects.keys()].sort();
  }
}

test("whatever happened, the cluster comes to what is wanted, and then nothing is written any more", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), want, async (history, last) => {
      const world = new World();
      for (const each of history) await world.take(each);
      await world.take({ refuse: false });
      await world.take(last);
      await world.pass(100);
      const fresh = new World();
      await fresh.take(last);
      await fresh.pass(100);
      // What lost its labels while it was not wanted any more is not known to be ours.
      const lost = world.state().filter((place) => !fresh.state().includes(place) && isUnlabelled(world.cluster, place));
      assert.deepEqual(
        world.state().filter((place) => !lost.includes(place)),
        fresh.state(),
      );
      for (const place of fresh.state()) {
        const { metadata, ...contents } = fresh.cluster.objects.get(place) ?? {};
        const { labels, annotations } = metadata as Record<string, unknown>;
        const stored = world.cluster.objects.get(place) ?? {};
        assert.ok(isAsExpected(stored, { ...contents, metadata: { labels, annotations } }), place);
      }
      world.cluster.writes.length = 0;
      await world.pass(100);
      assert.deepEqual(world.cluster.writes, []);
    }),
    { numRuns: 60 },
  );
});

function isUnlabelled(cluster: FakeCluster, place: string): boolean {
  return JSON.stringify(cluster.objects.get(place)).includes('"app.kubernetes.io/component":"other"');
}
