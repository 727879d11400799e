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
  it("find who may refer to a resource, whatever came and went", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const versions = new NamedVersions();
        for (const [of, version] of changes) version === undefined ? versions.delete(of) : versions.set(of, version);
        for (const type of types) {
          for (const target of names) {
            const found = new Set(versions.referrersOf(type, target).map(([user]) => user));
            const all = new Set(
              versions
                .entries()
                .filter(([, version]) => version.refersTo(type, target) !== false)
                .map(([user]) => user),
            );
            assert.deepEqual(found, all);
          }
        }
      }),
    );
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
    assert.deepEqual([...versions.referrersOf("ClusterLoadAssignment", "b")], [["b", versions.get("b")]]);
    assert.deepEqual([...versions.referrersOf("ClusterLoadAssignment", "gone")], []);
    assert.deepEqual(looked, ["b"]);
  });
});
