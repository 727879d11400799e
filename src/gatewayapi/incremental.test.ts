/** The law of the engine, over the real translator: whatever happened and in whatever order, the outcome is that of a fresh start. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { groundwork, steps } from "../../test/builders/arbitrary-objects.ts";
import { type FixtureTranslation, translate } from "../../test/builders/translation.ts";
import { builtKinds } from "../api/kinds.ts";
import type { KubeObject } from "../api/schema/metadata.ts";
import { allFeatures, clusterFieldsOf, extensionFieldsOf, listenerFieldsOf, proxyFieldsOf } from "../features/index.ts";
import type { TranslationOptions } from "./options.ts";

const features = allFeatures({ compatible: false });
const extensionApis = { enableBackend: true, enableSDSSecretRef: true };
const options = {
  config: { extensionApis } as TranslationOptions["config"],
  proxyFields: proxyFieldsOf(features),
  clusterFields: clusterFieldsOf(features),
  extensionFields: extensionFieldsOf(features),
  listenerFields: listenerFieldsOf(features),
};

function outcome(translation: FixtureTranslation) {
  const {
    httpListeners,
    streamListeners,
    streamRoutes: streams,
    tlsSecrets,
    genericSecrets,
    authorities: trusted,
    rules: translated,
    httpRoutes,
    destinations,
    backendEndpoints: endpoints,
    infra,
    fleetParts,
    statuses,
    graph,
  } = translation;
  const collections = {
    httpListeners,
    streamListeners,
    streams,
    tlsSecrets,
    genericSecrets,
    trusted,
    translated,
    httpRoutes,
    destinations,
    endpoints,
    infra,
    fleetParts,
    statuses,
    failures: graph.failures,
  };
  return Object.fromEntries(Object.entries(collections).map(([name, collection]) => [name, [...collection.entries()]]));
}

const id = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;

test("incremental = from scratch, in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.array(steps, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }), (history) => {
      const living = new Map<string, KubeObject>(groundwork.map((item) => [id(item), item]));
      const translation = translate(groundwork, options);
      for (const batch of history) {
        translation.graph.batch(() => {
          for (const { object: item, remove } of batch) {
            if (remove) {
              living.delete(id(item));
              translation.remove(item);
            } else {
              living.set(id(item), item);
              translation.apply(item);
            }
          }
        });
      }
      const actual = outcome(translation);
      assert.deepEqual(actual.failures, []);
      const fresh = translate([...living.values()], options);
      assert.deepEqual(actual, outcome(fresh));
      const backwards = translate([], options);
      for (const item of [...living.values()].reverse()) backwards.apply(item);
      assert.deepEqual(actual, outcome(backwards));
    }),
    { numRuns: 150 },
  );
});

test("objects of every kind take part in histories", () => {
  const seen = new Set(fc.sample(steps, { numRuns: 3000, seed: 1 }).map(({ object }) => object.kind));
  assert.deepEqual(
    builtKinds.map(({ kind }) => kind).filter((kind) => !seen.has(kind)),
    [],
  );
});
