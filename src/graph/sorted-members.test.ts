import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SortedMembers } from "./sorted-members.ts";

test("whatever is added, replaced and removed, the members are those of a sorted map, and arrays that were read stay", () => {
  const change = fc.record({ key: fc.nat(300).map((n) => `k${n}`), remove: fc.boolean(), read: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 600, size: "max" }), (changes) => {
      const members = new SortedMembers<{ readonly at: number }>();
      const model = new Map<string, { at: number }>();
      const expected = () => [...model].sort((a, b) => (a[0] < b[0] ? -1 : 1));
      const reads: [readonly { at: number }[], readonly { at: number }[]][] = [];
      for (const [at, { key, remove, read }] of changes.entries()) {
        if (remove && model.delete(key)) members.remove(key);
        else if (!remove) {
          if (model.has(key)) members.replace(key, { at });
          else members.add(key, { at });
          model.set(key, { at });
        }
        assert.equal(members.size, model.size);
        if (read === 0) reads.push([members.values(), expected().map(([, value]) => value)]);
      }
      assert.deepEqual(
        members.keys(),
        expected().map(([key]) => key),
      );
      reads.push([members.values(), expected().map(([, value]) => value)]);
      for (const [read, then] of reads) assert.deepEqual(read, then);
    }),
    { numRuns: 60 },
  );
});
