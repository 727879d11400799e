/**
 * An index over Envoy's protobuf descriptors (generated/envoy.binpb). Only the names are read at the start; a message or enum
 * is read from the bytes when it is first asked for, so that a process pays for the few hundred types that it uses.
 */
import { packageFile } from "../../package/package-file.ts";
import { readFields } from "./wire.ts";

/** `FieldDescriptorProto.Type` by number; the names are those of the .proto language. */
const fieldTypes = [
  "", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string",
  "group", "message", "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64",
] as const; // biome-ignore format: a table

/** The type of a field. */
export type FieldType = Exclude<(typeof fieldTypes)[number], "">;

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** As in the .proto file: `typed_config`. */
  readonly name: string;
  /** As in protobuf JSON: `typedConfig`. */
  readonly jsonName: string;
  readonly type: FieldType;
  /** The full name of the message or enum, empty for scalars. */
  readonly typeName: string;
  readonly repeated: boolean;
  /** Elements of a repeated number are written as one run of bytes. */
  readonly packed: boolean;
  /** The field tells "not set" from "set to the default": messages, members of oneofs, `optional`. */
  readonly explicit: boolean;
  /** Index into the message's oneofs. */
  readonly oneof: number | undefined;
  /** Serialized `validate.FieldRules`, where the field has rules. */
  readonly rules: Uint8Array | undefined;
}

/** A oneof of a message. */
export interface Oneof {
  readonly name: string;
  /** One of the members must be set (`validate.required`). */
  readonly required: boolean;
}

/** A message type. */
export interface MessageType {
  readonly name: string;
  /** In the order of their numbers. */
  readonly fields: readonly Field[];
  readonly oneofs: readonly Oneof[];
  /** The type is the entry of a map field: fields 1 `key` and 2 `value`. */
  readonly mapEntry: boolean;
  /** The validation rules of the type are switched off (`validate.disabled`, `validate.ignored`). */
  readonly unchecked: boolean;
}

/** An enum type. */
export interface EnumType {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

/** Where a type lies in the descriptors. */
interface Place {
  readonly start: number;
  readonly end: number;
  /** Its file has proto2 syntax: every field is explicit, nothing is packed by default. */
  readonly proto2: boolean;
}

/** The number of the extensions of protoc-gen-validate in the options of fields, oneofs and messages. */
const validateExtension = 1071;
const validateIgnored = 1072;

/** All types of a FileDescriptorSet, read on demand. */
export class Descriptors {
  readonly #bytes: Buffer;
  readonly #messages = new Map<string, Place>();
  readonly #enums = new Map<string, Place>();
  readonly #messageTypes = new Map<string, MessageType>();
  readonly #enumTypes = new Map<string, EnumType>();

  /** Takes a serialized google.protobuf.FileDescriptorSet and keeps it; throws when it is malformed. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    readFields(bytes, 0, bytes.length, (number, start, end) => {
      if (number === 1) this.#indexFile(start, end);
    });
  }

  /** The message type of that full name. */
  message(name: string): MessageType | undefined {
    const known = this.#messageTypes.get(name);
    if (known) return known;
    const place = this.#messages.get(name);
    if (place === undefined) return undefined;
    const type = this.#readMessage(name, place);
    this.#messageTypes.set(name, type);
    return type;
  }

  /** The enum type of that full name. */
  enumeration(name: string): EnumType | undefined {
    const known = this.#enumTypes.get(name);
    if (known) return known;
    const place = this.#enums.get(name);
    if (place === undefined) return undefined;
    const type = this.#readEnum(name, place);
    this.#enumTypes.set(name, type);
    return type;
  }

  /** The full names of all messages. */
  messageNames(): IterableIterator<string> {
    return this.#messages.keys();
  }

  #indexFile(start: number, end: number): void {
    let prefix = "";
    let proto2 = true;
    const messages: [number, number][] = [];
    const enums: [number, number][] = [];
    readFields(this.#bytes, start, end, (number, from, to) => {
      if (number === 2) prefix = `${this.#text(from, to)}.`;
      else if (number === 4) messages.push([from, to]);
      else if (number === 5) enums.push([from, to]);
      else if (number === 12) proto2 = this.#text(from, to) === "proto2";
    });
    for (const [from, to] of messages) this.#indexMessage(prefix, { start: from, end: to, proto2 });
    for (const [from, to] of enums) this.#enums.set(prefix + this.#nameAt(from, to), { start: from, end: to, proto2 });
  }

  #indexMessage(prefix: string, place: Place): void {
    const name = prefix + this.#nameAt(place.start, place.end);
    this.#messages.set(name, place);
    readFields(this.#bytes, place.start, place.end, (number, start, end) => {
      if (number === 3) this.#indexMessage(`${name}.`, { ...place, start, end });
      else if (number === 4) this.#enums.set(`${name}.${this.#nameAt(start, end)}`, { ...place, start, end });
    });
  }

  /** The name is the first field of every descriptor and shorter than 128 bytes. */
  #nameAt(start: number, end: number): string {
    const length = this.#bytes[start + 1] ?? 0;
    if (this.#bytes[start] === 0x0a && length < 128) return this.#text(start + 2, start + 2 + length);
    throw new Error(`malformed descriptor: a type without a name (bytes ${start} to ${end})`);
  }

  #readMessage(name: string, place: Place): MessageType {
    const fields: Field[] = [];
    const oneofs: Oneof[] = [];
    let mapEntry = false;
    let unchecked = false;
    readFields(this.#bytes, place.start, place.end, (number, start, end) => {
      if (number === 2) fields.push(this.#readField(start, end, place.proto2));
      else if (number === 8) oneofs.push(this.#readOneof(start, end));
      else if (number === 7) {
        readFields(this.#bytes, start, end, (option, _start, _end, value) => {
          if (option === 7) mapEntry = value === 1;
          else if (option === validateExtension || option === validateIgnored) unchecked ||= value === 1;
        });
      }
    });
    fields.sort((a, b) => a.number - b.number);
    return { name, fields, oneofs, mapEntry, unchecked };
  }

  #readField(start: number, end: number, proto2: boolean): Field {
    const numbers = new Map<number, number>();
    const texts = new Map<number, string>();
    let packed: boolean | undefined;
    let rules: Uint8Array | undefined;
    readFields(this.#bytes, start, end, (number, from, to, value) => {
      if (number === 1 || number === 6 || number === 10) texts.set(number, this.#text(from, to));
      else if (number !== 8) numbers.set(number, value);
      else {
        readFields(this.#bytes, from, to, (option, ruleStart, ruleEnd, optionValue) => {
          if (option === 2) packed = optionValue === 1;
          else if (option === validateExtension) rules = this.#bytes.subarray(ruleStart, ruleEnd);
        });
      }
    });
    const type = fieldTypes[numbers.get(5) ?? 0];
    if (!type) throw new Error(`malformed descriptor: field ${texts.get(1)} has no type`);
    const optional = numbers.get(17) === 1;
    const repeated = numbers.get(4) === 3;
    const number = type !== "message" && type !== "group" && type !== "string" && type !== "bytes";
    const oneof = optional ? undefined : numbers.get(9);
    return {
      number: numbers.get(3) ?? 0,
      name: texts.get(1) ?? "",
      jsonName: texts.get(10) ?? "",
      type,
      typeName: (texts.get(6) ?? "").slice(1),
      repeated,
      packed: repeated && number && (packed ?? !proto2),
      explicit: !repeated && (type === "message" || optional || oneof !== undefined || proto2),
      oneof,
      rules,
    };
  }

  #readOneof(start: number, end: number): Oneof {
    let name = "";
    let required = false;
    readFields(this.#bytes, start, end, (number, from, to) => {
      if (number === 1) name = this.#text(from, to);
      else if (number === 2) {
        readFields(this.#bytes, from, to, (option, _start, _end, value) => {
          if (option === validateExtension) required = value === 1;
        });
      }
    });
    return { name, required };
  }

  #readEnum(name: string, place: Place): EnumType {
    const numbers = new Map<string, number>();
    const names = new Map<number, string>();
    readFields(this.#bytes, place.start, place.end, (number, start, end) => {
      if (number !== 2) return;
      let text = "";
      let value = 0;
      readFields(this.#bytes, start, end, (field, from, to, read) => {
        if (field === 1) text = this.#text(from, to);
        else if (field === 2) value = read;
      });
      numbers.set(text, value);
      if (!names.has(value)) names.set(value, text);
    });
    return { name, numbers, names };
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString("latin1", start, end);
  }
}

let loaded: Descriptors | undefined;

/** The descriptors of the Envoy that the project was set up with, read on first use. Throws when set-up has not run. */
export function envoyDescriptors(): Descriptors {
  loaded ??= new Descriptors(readDescriptorFile());
  return loaded;
}

/** The bytes of the descriptor file: a google.protobuf.FileDescriptorSet. Throws when set-up has not run. */
export function readDescriptorFile(): Uint8Array {
  const file = "generated/envoy.binpb";
  try {
    return packageFile(file);
  } catch (cause) {
    throw new Error(`Envoy's descriptors are missing (${file}): run "npm run setup"`, { cause });
  }
}
