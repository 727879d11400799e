import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "./pack.ts";

test("packed pieces keep their content, however many share memory", () => {
  const contents = Array.from({ length: 200 }, (_, at) => [Buffer.alloc(at * 7, at), Buffer.from([at])]);
  const packed = contents.map(pack);
  assert.deepEqual(
    packed.map((piece) => Buffer.from(piece).toString("hex")),
    contents.map((chunks) => Buffer.concat(chunks).toString("hex")),
  );
  const [a, b] = packed;
  assert.equal(a?.buffer, b?.buffer, "small ones share");
});
