/**
 * Finds the protobuf descriptors that a C++ program carries. The C++ runtime registers every linked `.proto` file as one
 * serialized FileDescriptorProto in the read-only data, so that a binary of Envoy is a complete copy of its API.
 */
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/**
 * Reads all descriptors embedded in `binary` (the bytes of an executable).
 * Returns them with dependencies before dependents, in an order that depends on the file names alone, with the JSON names
 * filled in (C++ leaves them out). Throws when the binary has none, or when one of them imports a file that is not there.
 */
export function extractDescriptors(binary: Buffer): FileDescriptorSet {
  const files = findFiles(binary);
  if (files.size === 0) throw new Error("the binary holds no protobuf descriptors: is it Envoy, and not packed or encrypted?");
  for (const file of files.values()) nameFields(file.messageType, file.extension);
  return create(FileDescriptorSetSchema, { file: inImportOrder(files) });
}

/** A file starts with its name: field 1, a length, a string that ends in ".proto". */
function findFiles(binary: Buffer): Map<string, FileDescriptorProto> {
  const found = new Map<string, { file: FileDescriptorProto; size: number }>();
  const suffix = Buffer.from(".proto");
  for (let at = binary.indexOf(suffix); at >= 0; at = binary.indexOf(suffix, at + suffix.length)) {
    const start = startOfName(binary, at + suffix.length);
    if (start === undefined) continue;
    const end = endOfFile(binary, start);
    const file = decodeFile(binary.subarray(start, end));
    const known = file && found.get(file.name);
    if (file && (known === undefined || known.size < end - start)) found.set(file.name, { file, size: end - start });
  }
  return new Map([...found].map(([name, { file }]) => [name, file]));
}

/** Walks back from the end of a name to the tag of field 1 whose length byte spans exactly that far. */
function startOfName(binary: Buffer, end: number): number | undefined {
  for (let length = ".proto".length + 1; length < 128; length++) {
    const start = end - length;
    const char = binary[start] ?? 0;
    if (start < 2 || char < 0x2d || char > 0x7a) return undefined;
    if (binary[start - 1] === length && binary[start - 2] === 0x0a) return start - 2;
  }
  return undefined;
}

/** The fields of FileDescriptorProto that are numbers: public_dependency, weak_dependency, edition. All others are length-delimited. */
const numberFields = new Set([10, 11, 14]);

/** Walks the fields of a FileDescriptorProto until something follows that cannot be one of them. */
function endOfFile(binary: Buffer, start: number): number {
  let end = start;
  let previous = 0;
  for (;;) {
    const tag = readVarint(binary, end);
    if (tag === undefined) return end;
    const field = tag.value >>> 3;
    const wireType = tag.value & 7;
    const known = field >= 1 && field <= 14 && field !== 13 && wireType === (numberFields.has(field) ? 0 : 2);
    const repeatedName = field === 1 && end !== start;
    const outOfOrder = field < previous && !numberFields.has(field) && !numberFields.has(previous);
    if (!known || repeatedName || outOfOrder) return end;
    const value = readVarint(binary, tag.next);
    if (value === undefined) return end;
    const next = wireType === 0 ? value.next : value.next + value.value;
    if (next > binary.length) return end;
    previous = field;
    end = next;
  }
}

function readVarint(binary: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = binary[at + i];
    if (byte === undefined) return undefined;
    value |= (byte & 127) << (7 * i);
    if (byte < 128) return { value: value >>> 0, next: at + i + 1 };
  }
  return undefined;
}

/** Undefined for strings of a binary that only look like the start of a descriptor. */
function decodeFile(bytes: Uint8Array): FileDescriptorProto | undefined {
  try {
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    const content = [file.messageType, file.enumType, file.extension, file.service, file.dependency];
    return file.package !== "" || content.some((part) => part.length > 0) ? file : undefined;
  } catch {
    return undefined;
  }
}

function nameFields(messages: readonly DescriptorProto[], extensions: readonly FieldDescriptorProto[]): void {
  for (const field of extensions) field.jsonName ||= jsonName(field.name);
  for (const message of messages) {
    for (const field of message.field) field.jsonName ||= jsonName(field.name);
    nameFields(message.nestedType, message.extension);
  }
}

/** The JSON name as protoc makes it: underscores go, the letter after one becomes a capital. */
function jsonName(name: string): string {
  return name.replace(/_+([a-z]?)/g, (_, letter: string) => letter.toUpperCase());
}

function inImportOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Map<string, FileDescriptorProto>();
  const missing = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    const file = files.get(name);
    if (file === undefined) {
      missing.add(name);
      return;
    }
    for (const dependency of file.dependency) visit(dependency);
    ordered.set(name, file);
  };
  for (const name of [...files.keys()].sort()) visit(name);
  if (missing.size > 0) throw new Error(`the binary lacks descriptors that others import: ${[...missing].sort().join(", ")}`);
  return [...ordered.values()];
}
