/** The API server's verdicts on objects, held against ours: its schemas and rules are those that we generate. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { admit } from "../../../src/api/admission.ts";
import { findKind } from "../../../src/api/kinds.ts";
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { breachesOf, placesOf } from "../../api/breaches.ts";
import { completeEnvoyObjects } from "../../api/complete-envoy-objects.ts";
import { completeObjects, type Draft } from "../../api/complete-objects.ts";
import { backendTlsPolicyCases } from "../../api/policy-rule-cases.ts";
import { grpcRouteCases, httpRouteCases } from "../../api/route-rule-cases.ts";
import { client } from "./this-cluster.ts";

const namespace = "admission";
const documents: readonly Draft[] = [...completeObjects.map((make) => make()), ...Object.values(completeEnvoyObjects).flat()];
const custom = documents.filter((document) => kindOf(document).custom).map(inNamespace);

describe("admission", async () => {
  await client.request({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } });

  test("complete objects are taken", async () => {
    for (const document of custom) assert.equal(await refusal(document), undefined, document.kind);
  });

  for (const document of firstOfEach(custom)) {
    test(`${document.kind}: what our schema refuses, and only that, the server refuses`, async () => {
      const differing: string[] = [];
      for (const broken of evenly(brokenVersions(document), mostVersions)) {
        const [ours, theirs] = [admit(broken.document), await refusal(broken.document, kindOf(document))];
        const agree = "problems" in ours === (theirs !== undefined);
        if (!agree) {
          differing.push(`${broken.what}: ${"problems" in ours ? ours.message : "taken"}, the server: ${theirs ?? "taken"}`);
        }
      }
      assert.deepEqual(differing, []);
    });
  }

  const rules = { HTTPRoute: httpRouteCases, GRPCRoute: grpcRouteCases, BackendTLSPolicy: backendTlsPolicyCases };
  for (const [kind, cases] of Object.entries(rules)) {
    test(`${kind}: rules refuse on the server, too, in the same words`, async () => {
      for (const [change, , message] of cases) {
        const document = structuredClone(custom.find((candidate) => candidate.kind === kind));
        change(document);
        const words = await refusal(document);
        assert.ok(words?.includes(message), `${message}: ${words}`);
      }
    });
  }
});

/** So many broken versions of an object are tried: some objects have thousands of places, and the server needs 10 ms for each. */
const mostVersions = 800;

/** So many of all, from everywhere among them. */
function evenly<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, index) => all[Math.floor(index * step)]).filter(
    (one) => one !== undefined,
  );
}

interface Broken {
  readonly what: string;
  readonly document: Draft;
}

/** The document broken at one place at a time. */
function brokenVersions(document: Draft): Broken[] {
  const { schema } = kindOf(document);
  const places = [...placesOf(schema, document, "", (draft) => draft)].filter(
    ({ field }) => !["apiVersion", "kind"].includes(field),
  );
  return places.flatMap((place) =>
    breachesOf(place).map(({ value }) => {
      const broken = structuredClone(document);
      place.set(broken, value);
      return { what: `${place.field} = ${JSON.stringify(value)?.slice(0, 80)}`, document: broken };
    }),
  );
}

/** What the server says against an object; undefined when it takes it. */
async function refusal(document: Draft, kind = kindOf(document)): Promise<string | undefined> {
  const { group, plural, scope, versions } = kind;
  const version = versions.find(({ storage }) => storage)?.name ?? "";
  const address = { group, version, plural, ...(scope === "Namespaced" ? { namespace } : {}) };
  try {
    const query = { dryRun: "All", fieldValidation: "Strict" };
    await client.request({ method: "POST", path: resourcePath(address), query, body: document });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code < 500) return error.message;
    throw error;
  }
}

function kindOf(document: Draft) {
  const lookup = findKind(document.apiVersion, document.kind);
  if (!("found" in lookup)) throw new Error(`${document.kind} is not built`);
  return lookup.found;
}

function inNamespace(document: Draft): Draft {
  return kindOf(document).scope === "Namespaced" ? { ...document, metadata: { ...document.metadata, namespace } } : document;
}

function firstOfEach(all: readonly Draft[]): Draft[] {
  return [...new Map(all.toReversed().map((document) => [document.kind, document])).values()];
}
