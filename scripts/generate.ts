/**
 * Makes what the sources need to know of Envoy's API from the Envoy binary itself; run by setup.mjs:
 *   generate.ts ENVOY_BINARY OUT_DIR
 * OUT_DIR/envoy.binpb         all descriptors of the binary, a google.protobuf.FileDescriptorSet
 * OUT_DIR/types/**_pb.d.ts    type-only interfaces of the messages in protobuf-JSON shape: `ClusterJson`, ...
 * OUT_DIR/types/messages.d.ts `Messages`: full message name → its interface
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  type CodeGeneratorResponse_File,
  CodeGeneratorResponseSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { extractDescriptors } from "./descriptors.ts";

const [binary, outDir] = process.argv.slice(2);
if (binary === undefined || outDir === undefined) {
  console.error("usage: generate.ts ENVOY_BINARY OUT_DIR");
  process.exit(2);
}
try {
  generate(binary, outDir);
} catch (error) {
  console.error(`${binary}: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function generate(binary: string, outDir: string): void {
  const set = extractDescriptors(readFileSync(binary));
  requireApi(set);
  const types = generateTypes(set);
  const messages = messageMap(types);
  // Written beside and swapped in, so that a reader meets the old result or the new one, never a half.
  const partial = `${outDir}.partial-${process.pid}`;
  try {
    write(join(partial, "envoy.binpb"), toBinary(FileDescriptorSetSchema, set));
    for (const file of types) write(join(partial, "types", file.name), file.content);
    write(join(partial, "types", "messages.d.ts"), messages);
    rmSync(outDir, { recursive: true, force: true });
    renameSync(partial, outDir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  console.log(`${outDir}: ${set.file.length} proto files`);
}

/** A binary that is not Envoy may hold descriptors too. */
function requireApi(set: FileDescriptorSet): void {
  const names = new Set(set.file.map((file) => file.name));
  const wanted = ["listener", "route", "cluster", "endpoint", "bootstrap"].map((name) => `envoy/config/${name}/v3/${name}.proto`);
  const missing = wanted.filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`not an Envoy: it has protobuf descriptors, but not ${missing.join(", ")}`);
}

/** Runs protoc-gen-es on the descriptors, as protoc would. google/protobuf/* is left out: the library has these built in. */
function generateTypes(set: FileDescriptorSet): CodeGeneratorResponse_File[] {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: set.file.map((file) => file.name).filter((name) => !name.startsWith("google/protobuf/")),
    parameter: "target=dts,json_types=true,import_extension=js",
    protoFile: set.file,
  });
  const plugin = join(
    dirname(createRequire(import.meta.url).resolve("@bufbuild/protoc-gen-es/package.json")),
    "bin",
    "protoc-gen-es",
  );
  const run = spawnSync(process.execPath, [plugin], { input: toBinary(CodeGeneratorRequestSchema, request), maxBuffer: 1 << 28 });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`protoc-gen-es failed: ${run.stderr}`);
  const response = fromBinary(CodeGeneratorResponseSchema, run.stdout);
  if (response.error) throw new Error(`protoc-gen-es: ${response.error}`);
  return response.file;
}

/** One interface from full message name to JSON type, read off the generated files so that their naming stays theirs. */
function messageMap(files: readonly CodeGeneratorResponse_File[]): string {
  const declaration = /\* Describes the message ([\w.]+)\.\n[^/]*\*\/\n.*GenMessage<\w+, \{jsonType: (\w+)\}>/g;
  const entries = files.flatMap(({ name, content }) => {
    const path = `./${name.replace(/\.d\.ts$/, ".js")}`;
    return [...content.matchAll(declaration)].map(([, message, type]) => `  "${message}": import("${path}").${type};`);
  });
  if (entries.length === 0) throw new Error("no JSON types found in the output of protoc-gen-es: its format changed");
  return `/** Full message name → its type in protobuf-JSON shape. Generated. */\nexport interface Messages {\n${entries.sort().join("\n")}\n}\n`;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
