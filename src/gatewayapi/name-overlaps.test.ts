import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coveringHostnames, coversHostname } from "./hostnames.ts";
import { findOverlaps, type Named } from "./name-overlaps.ts";

const name = fc.constantFrom("*", "*.a.com", "a.com", "x.a.com", "y.x.a.com", "*.x.a.com", "b.com");
const all = fc
  .array(fc.array(name, { maxLength: 3 }), { maxLength: 6 })
  .map((lists) => lists.map((names, i): Named => ({ key: `k${i}`, names })));

test("what overlaps is found, with what, and nothing else", () => {
  const meet = (a: string, b: string) => coversHostname(a, b) || coversHostname(b, a);
  fc.assert(
    fc.property(all, (named) => {
      const overlaps = findOverlaps(named, coveringHostnames);
      for (const { key, names } of named) {
        const others = named.filter((other) => other.key !== key);
        const expected = names.find((mine) => others.some((other) => other.names.some((theirs) => meet(mine, theirs))));
        const found = overlaps.get(key);
        assert.equal(found?.name, expected);
        if (found === undefined) continue;
        assert.ok(meet(found.name, found.otherName));
        assert.ok(others.some((other) => other.key === found.other && other.names.includes(found.otherName)));
      }
    }),
  );
});
