import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createGraph } from "../graph/index.ts";
import { coveringHostnames, coversHostname } from "./hostnames.ts";
import { deriveNameOverlaps, type Named } from "./name-overlaps.ts";

const name = fc.constantFrom("*", "*.a.com", "a.com", "x.a.com", "y.x.a.com", "*.x.a.com", "b.com");
const named = fc
  .tuple(fc.constantFrom("one", "two"), fc.array(name, { maxLength: 3 }))
  .map(([space, names]): Named => ({ space, names }));

function open() {
  const graph = createGraph({ freeze: true });
  const all = graph.source<Named>("all");
  return { graph, all, overlaps: deriveNameOverlaps(graph, "hosts", all, coveringHostnames) };
}

describe("overlaps of names", () => {
  it("are found, with what, and nothing else, whatever was there before", () => {
    const meet = (a: string, b: string) => coversHostname(a, b) || coversHostname(b, a);
    const change = fc.tuple(fc.constantFrom("k0", "k1", "k2", "k3", "k4"), fc.option(named, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const { all, overlaps } = open();
        for (const [key, value] of changes) {
          if (value === undefined) all.delete(key);
          else all.set(key, value);
        }
        for (const [key, { space, names }] of all.entries()) {
          const others = new Map([...all.entries()].filter(([other, its]) => other !== key && its.space === space));
          const expected = names.find((mine) =>
            [...others.values()].some((its) => its.names.some((theirs) => meet(mine, theirs))),
          );
          const found = overlaps.get(key);
          assert.equal(found?.name, expected);
          if (found === undefined) continue;
          assert.ok(meet(found.name, found.otherName));
          assert.ok(others.get(found.other)?.names.includes(found.otherName));
        }
        const fresh = open();
        fresh.graph.batch(() => {
          for (const [key, value] of all.entries()) fresh.all.set(key, value);
        });
        assert.deepEqual([...overlaps.entries()], [...fresh.overlaps.entries()]);
      }),
    );
  });

  it("cost a change of one of many what it changes", () => {
    const { graph, all, overlaps } = open();
    const space = "one";
    graph.batch(() => {
      for (let i = 100; i < 600; i++) all.set(`k${i}`, { space, names: ["*.a.com", `h${i}.a.com`] });
    });
    assert.equal(overlaps.size, 500);
    const runs = () => graph.describe().nodes.find((node) => node.name === "overlaps of hosts")?.runs ?? 0;
    const before = runs();
    all.set("k300", { space, names: ["*.a.com", "other.a.com"] });
    all.set("k600", { space, names: ["*.a.com", "h600.a.com"] });
    all.delete("k400");
    assert.ok(runs() - before <= 4, `${runs() - before} runs`);
  });
});
