import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { extractDescriptors } from "./descriptors.ts";

function file(init: MessageInitShape<typeof FileDescriptorProtoSchema>): Uint8Array {
  return toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { syntax: "proto3", ...init }));
}

/** What surrounds a descriptor in a binary: other data, names of files in messages, the next descriptor right after it. */
function binary(...files: readonly Uint8Array[]): Buffer {
  const noise = Buffer.from("\0\0cannot read a.proto\0\n\x08xx.proto\xff\0", "latin1");
  return Buffer.concat([noise, ...files, Buffer.alloc(64), noise]);
}

describe("extractDescriptors", () => {
  const base = file({
    name: "pkg/base.proto",
    package: "pkg",
    messageType: [{ name: "Base", field: [{ name: "a_long__name1", number: 1 }] }],
  });
  const top = file({ name: "a/top.proto", package: "a", dependency: ["pkg/base.proto"], service: [{ name: "S" }] });

  it("finds the files among other data, puts imports first and fills in the JSON names", () => {
    const { file: files } = extractDescriptors(binary(top, base));
    assert.deepEqual(
      files.map(({ name }) => name),
      ["pkg/base.proto", "a/top.proto"],
    );
    assert.equal(files[0]?.messageType[0]?.field[0]?.jsonName, "aLongName1");
    assert.equal(files[0]?.syntax, "proto3");
  });

  it("does not depend on where the files lie", () => {
    assert.deepEqual(extractDescriptors(binary(base, top)), extractDescriptors(binary(top, base)));
  });

  it("says when there are none, or when one is missing", () => {
    assert.throws(() => extractDescriptors(binary()), /holds no protobuf descriptors/);
    assert.throws(() => extractDescriptors(binary(top)), /lacks descriptors that others import: pkg\/base\.proto/);
  });
});
