import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digest } from "../codec/digest.ts";
import { concat } from "../codec/splice.ts";
import { endsSegment, type SegmentMember, segmentsOf } from "./table-segments.ts";

const member = fc
  .record({ text: fc.string({ minLength: 1, maxLength: 3 }), endsSegment: fc.boolean() })
  .map(({ text, endsSegment }): SegmentMember => {
    const bytes = Buffer.from(text);
    return { chunks: [bytes, bytes], version: digest(bytes), endsSegment, references: [{ type: "Cluster", name: text }] };
  });

function copy(members: readonly SegmentMember[]): SegmentMember[] {
  return members.map((each) => ({ ...each }));
}

describe("segments of a route table", () => {
  it("hold every member in its place, and are a function of the members, not of earlier tables", () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6, 7])),
        fc.array(member, { minLength: 8, maxLength: 8 }),
        (tables, pool) => {
          for (const places of tables) {
            const members = places.flatMap((place) => pool[place] ?? []);
            const segments = [...segmentsOf(members)];
            const whole = Buffer.from(concat(members.flatMap(({ chunks }) => chunks)));
            assert.deepEqual(Buffer.concat(segments.map(({ bytes }) => bytes)), whole);
            assert.deepEqual(
              segments.map(({ version }) => version),
              Array.from(segmentsOf(copy(members)), ({ version }) => version),
            );
          }
        },
      ),
    );
  });

  it("are made once, and anew where a member changed", () => {
    const members = Array.from({ length: 500 }, (_, n): SegmentMember => {
      const bytes = Buffer.from(`member ${n}`);
      return { chunks: [bytes], version: digest(bytes), endsSegment: endsSegment(`h${n}.example.com`), references: [] };
    });
    const before = new Set(segmentsOf(members));
    assert.ok(before.size > 2 && before.size < 40, `${before.size} segments`);
    const changed = members.with(250, { chunks: [Buffer.of(1)], version: "other", endsSegment: false, references: [] });
    const after = [...segmentsOf(changed)];
    assert.equal(after.filter((segment) => !before.has(segment)).length, 1);
  });
});
