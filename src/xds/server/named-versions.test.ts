import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { resource } from "../../../test/xds/resources.ts";
import type { ResourceReference, XdsType } from "../resource.ts";
import { maybeTaken, unknownContent } from "./known-version.ts";
import { NamedVersions } from "./named-versions.ts";
import { type KnownVersion, StoredResource } from "./store.ts";

const names = ["a", "b", "c", "d", "e", "f"];
const types: readonly XdsType[] = ["Cluster", "ClusterLoadAssignment", "Secret"];

const name = fc.constantFrom(...names);
const references: fc.Arbitrary<ResourceReference[]> = fc.array(fc.record({ type: fc.constantFrom(...types), name }), {
  maxLength: 8,
});
const stored = (of: string) => references.map((each) => new StoredResource(resource("Cluster", of, "1", each)));
const versionOf = (of: string): fc.Arbitrary<KnownVersion> =>
  fc.oneof(
    stored(of),
    fc.constant(unknownContent("1")),
    fc.tuple(fc.option(stored(of), { nil: undefined }), stored(of)).map(([before, sent]) => maybeTaken(before, sent)),
  );
const change = name.chain((of) => fc.tuple(fc.constant(of), fc.option(versionOf(of), { nil: undefined })));

describe("versions by name", () => {
  it("find who refers to a resource, whatever came and went, and however many ask", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const versions = new NamedVersions();
        for (const [of, version] of changes) version === undefined ? versions.delete(of) : versions.set(of, version);
        for (let searches = 0; searches < 10; searches++) {
          for (const certain of [true, false]) {
            for (const type of types) {
              for (const target of names) {
                const refers = (version: KnownVersion) => version.refersTo(type, target) ?? !certain;
                const found = versions.referrerOf(type, target, certain);
                assert.equal(found !== undefined, versions.values().some(refers));
                assert.ok(found === undefined || (refers(found.version) && versions.get(found.name) === found.version));
              }
            }
          }
        }
      }),
    );
  });

  it("forget what they had of versions that are gone", () => {
    const versions = new NamedVersions();
    const references = names.map((each) => ({ type: "Cluster", name: each }) as const);
    versions.set("many", new StoredResource(resource("Cluster", "many", "1", references)));
    versions.set("one", new StoredResource(resource("Cluster", "one", "1", references.slice(0, 1))));
    for (let searches = 0; searches < 100; searches++)
      assert.equal(versions.referrerOf("Cluster", "b", true)?.name, "many", `search ${searches}`);
    versions.set("many", new StoredResource(resource("Cluster", "many", "2", [])));
    assert.equal(versions.referrerOf("Cluster", "b", true), undefined);
    assert.equal(versions.referrerOf("Cluster", "a", true)?.name, "one");
    versions.clear();
    assert.equal(versions.referrerOf("Cluster", "a", true), undefined);
  });

  it("do so without looking at those that refer to others", () => {
    const versions = new NamedVersions();
    const looked: string[] = [];
    for (const each of names) {
      const version = new StoredResource(resource("Cluster", each, "1", [{ type: "ClusterLoadAssignment", name: each }]));
      version.refersTo = (type, target) => {
        looked.push(each);
        return StoredResource.prototype.refersTo.call(version, type, target);
      };
      versions.set(each, version);
    }
    assert.equal(versions.referrerOf("ClusterLoadAssignment", "b", false)?.name, "b");
    assert.equal(versions.referrerOf("ClusterLoadAssignment", "gone", false), undefined);
    assert.deepEqual(looked, ["b"]);
  });
});
