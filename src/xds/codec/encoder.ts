/**
 * Encodes messages in protobuf-JSON shape into bytes. The same message always gives the same bytes: fields in the order of
 * their numbers, maps sorted by key, defaults left out where the field has no presence, google.protobuf.Any packed with the
 * message that it holds. A writer for each message type is compiled from the descriptors when the type is first used.
 * Source: https://protobuf.dev/programming-guides/json/
 */
import type { Messages } from "#envoy/messages";
import { hasOwnShape, messageNameOf } from "./any.ts";
import { type Descriptors, envoyDescriptors, type Field, type MessageType } from "./descriptors.ts";
import { kindOf, Refusal, within } from "./refusal.ts";
import { enumScalar, isScalarName, type Scalar, scalars } from "./scalar.ts";
import { isObject, type WriteContent, wellKnownTypes } from "./well-known-type.ts";
import { Writer } from "./writer.ts";

/** A field under one of its two names. */
interface Member {
  readonly key: string;
  /** Position among the fields of the message, which is the order of their numbers. */
  readonly order: number;
  /** A bit for the oneof that the field belongs to, 0 for none. */
  readonly oneof: number;
  readonly oneofName: string;
  readonly acceptsNull: boolean;
  /** Writes the field with its tags. */
  readonly write: WriteContent;
  /** The member that came next in the last message: messages of one type are mostly written by the same code. */
  next: Member | undefined;
}

/** Compiles and keeps the writers of message types. */
export class Encoder {
  readonly #descriptors: Descriptors;
  readonly #writer = new Writer();
  readonly #contents = new Map<string, WriteContent>();
  /** What was found in the messages being written: a stack that each message takes its members off when it is done. */
  readonly #members: Member[] = [];
  readonly #values: unknown[] = [];
  #top = 0;
  /** The next message is the content of an Any and has its "@type" among its fields. */
  #inAny = false;

  /** Takes the descriptors of all types that will be encoded. */
  constructor(descriptors: Descriptors) {
    this.#descriptors = descriptors;
    this.#contents.set("google.protobuf.Any", this.#writeAny.bind(this));
    for (const [name, write] of wellKnownTypes) this.#contents.set(name, write);
  }

  /** Encodes `message`, a message of the type of that full name; see `encode`. */
  encode(name: string, message: unknown): Uint8Array {
    this.#writer.reset();
    this.#top = 0;
    this.#inAny = false;
    try {
      this.#content(name)(this.#writer, message);
    } catch (error) {
      throw error instanceof Refusal ? error.toEncodeError() : error;
    } finally {
      this.#values.fill(undefined);
    }
    return this.#writer.finish();
  }

  #content(name: string): WriteContent {
    const known = this.#contents.get(name);
    if (known) return known;
    const type = this.#descriptors.message(name);
    if (type === undefined) throw new Refusal(`unknown message ${JSON.stringify(name)}`);
    const write = this.#message(type);
    this.#contents.set(name, write);
    return write;
  }

  #message(type: MessageType): WriteContent {
    let members: ReadonlyMap<string, Member> | undefined;
    const first: Pick<Member, "next"> = { next: undefined };
    return (writer, message) => {
      if (!isObject(message)) throw new Refusal(`expected ${type.name} as an object, got ${kindOf(message)}`);
      members ??= this.#membersOf(type);
      const base = this.#top;
      this.#collect(type.name, members, first, message);
      for (let i = this.#top - 1; i >= base; i--) {
        const member = this.#members[i] as Member;
        try {
          member.write(writer, this.#values[i]);
        } catch (error) {
          throw within(member.key, error);
        }
      }
      this.#top = base;
    };
  }

  /**
   * Pushes the members that the message has, in the order of their numbers. They are looked up by what the message has, not
   * the other way round: messages of Envoy have many fields and use few.
   */
  #collect(
    type: string,
    members: ReadonlyMap<string, Member>,
    first: Pick<Member, "next">,
    message: Readonly<Record<string, unknown>>,
  ): void {
    const inAny = this.#inAny;
    this.#inAny = false;
    const base = this.#top;
    let oneofs = 0;
    let previous = first;
    for (const key in message) {
      if (inAny && key === "@type") continue;
      let member = previous.next;
      if (member === undefined || member.key !== key) {
        member = members.get(key);
        if (member === undefined) throw new Refusal(`unknown field of ${type}`).within(key);
        previous.next = member;
      }
      previous = member;
      const value = message[key];
      if (value === undefined || (value === null && !member.acceptsNull)) continue;
      if ((oneofs & member.oneof) !== 0) throw this.#twoMembers(base, member);
      oneofs |= member.oneof;
      this.#insert(base, member, value);
    }
  }

  /** Keeps the members above `base` sorted. Most messages are written nearly in order, so it looks from the end. */
  #insert(base: number, member: Member, value: unknown): void {
    const members = this.#members;
    const values = this.#values;
    let at = this.#top++;
    for (; at > base; at--) {
      const before = members[at - 1] as Member;
      if (before.order < member.order) break;
      if (before.order === member.order) throw new Refusal(`set twice, also as ${before.key}`).within(member.key);
      members[at] = before;
      values[at] = values[at - 1];
    }
    members[at] = member;
    values[at] = value;
  }

  #twoMembers(base: number, member: Member): Refusal {
    const other = this.#members.slice(base, this.#top).find(({ oneof }) => oneof === member.oneof);
    return other?.order === member.order
      ? new Refusal(`set twice, also as ${other.key}`).within(member.key)
      : new Refusal(`only one of ${other?.key} and ${member.key} may be set (oneof ${member.oneofName})`);
  }

  #membersOf(type: MessageType): Map<string, Member> {
    const members = new Map<string, Member>();
    for (const [order, field] of type.fields.entries()) {
      if ((field.oneof ?? 0) > 31) throw new Error(`${type.name}: more than 32 oneofs`);
      const member = {
        order,
        oneof: field.oneof === undefined ? 0 : 1 << field.oneof,
        oneofName: field.oneof === undefined ? "" : (type.oneofs[field.oneof]?.name ?? ""),
        acceptsNull: !field.repeated && field.typeName === "google.protobuf.Value",
        write: this.#field(field),
        next: undefined,
      };
      for (const key of [field.name, field.jsonName]) members.set(key, { key, ...member });
    }
    return members;
  }

  #field(field: Field): WriteContent {
    if (!field.repeated) return this.#single(field);
    const entry = field.type === "message" ? this.#descriptors.message(field.typeName) : undefined;
    if (entry?.mapEntry) return this.#map(field, entry);
    return field.packed ? this.#packed(field) : this.#list(field);
  }

  /** A field that is not repeated, or one element of one that is. */
  #single(field: Field): WriteContent {
    if (field.type === "message") return this.#embedded(field);
    const scalar = this.#scalar(field);
    const tag = field.number * 8 + scalar.wireType;
    if (field.explicit || field.repeated) {
      return (writer, value) => {
        scalar.write(writer, value);
        writer.varint(tag);
      };
    }
    return (writer, value) => {
      if (scalar.writeUnlessDefault(writer, value)) writer.varint(tag);
    };
  }

  #embedded(field: Field): WriteContent {
    let content: WriteContent | undefined;
    const tag = field.number * 8 + 2;
    return (writer, value) => {
      content ??= this.#content(field.typeName);
      const end = writer.size;
      content(writer, value);
      writer.varint(writer.size - end);
      writer.varint(tag);
    };
  }

  #scalar(field: Field): Scalar {
    if (isScalarName(field.type)) return scalars[field.type];
    const type = field.type === "enum" ? this.#descriptors.enumeration(field.typeName) : undefined;
    if (type === undefined) throw new Error(`field ${field.name}: cannot encode ${field.type} ${field.typeName}`);
    return enumScalar(type);
  }

  #list(field: Field): WriteContent {
    const element = this.#single(field);
    return (writer, value) => {
      if (!Array.isArray(value)) throw new Refusal(`expected a list, got ${kindOf(value)}`);
      for (let i = value.length - 1; i >= 0; i--) {
        try {
          element(writer, value[i]);
        } catch (error) {
          throw within(i, error);
        }
      }
    };
  }

  #packed(field: Field): WriteContent {
    const scalar = this.#scalar(field);
    const tag = field.number * 8 + 2;
    return (writer, value) => {
      if (!Array.isArray(value)) throw new Refusal(`expected a list, got ${kindOf(value)}`);
      if (value.length === 0) return;
      const end = writer.size;
      for (let i = value.length - 1; i >= 0; i--) {
        try {
          scalar.write(writer, value[i]);
        } catch (error) {
          throw within(i, error);
        }
      }
      writer.varint(writer.size - end);
      writer.varint(tag);
    };
  }

  #map(field: Field, entry: MessageType): WriteContent {
    const [keyField, valueField] = entry.fields;
    if (keyField === undefined || valueField === undefined) throw new Error(`malformed descriptor: map ${entry.name}`);
    const keyScalar = this.#scalar(keyField);
    const keyTag = 8 + keyScalar.wireType;
    const parseKey = keyField.type === "bool" ? boolKey : (key: string): unknown => key;
    // Both are always written, also when they are defaults, as all implementations do.
    const writeValue = this.#single({ ...valueField, explicit: true });
    const tag = field.number * 8 + 2;
    return (writer, map) => {
      if (!isObject(map)) throw new Refusal(`expected an object, got ${kindOf(map)}`);
      const keys = Object.keys(map).sort();
      for (let i = keys.length - 1; i >= 0; i--) {
        const key = keys[i] as string;
        const end = writer.size;
        try {
          writeValue(writer, map[key]);
          keyScalar.write(writer, parseKey(key));
        } catch (error) {
          throw within(key, error);
        }
        writer.varint(keyTag);
        writer.varint(writer.size - end);
        writer.varint(tag);
      }
    };
  }

  /** `{ "@type": url, ...fields }`, or `{ "@type": url, "value": json }` for messages with a JSON shape of their own. */
  #writeAny(writer: Writer, any: unknown): void {
    if (!isObject(any)) throw new Refusal(`expected an object with "@type", got ${kindOf(any)}`);
    const url = any["@type"];
    if (url === undefined && Object.keys(any).length === 0) return;
    const name = messageNameOf(url);
    if (typeof url !== "string" || name === undefined) {
      throw new Refusal('expected a type URL such as "type.googleapis.com/envoy.config.cluster.v3.Cluster"').within("@type");
    }
    const end = writer.size;
    if (hasOwnShape(name, any)) this.#writeAnyValue(writer, name, any);
    else {
      const content = this.#anyContent(name);
      this.#inAny = true;
      content(writer, any);
    }
    if (writer.size > end) {
      writer.varint(writer.size - end);
      writer.varint(18);
    }
    writer.string(url);
    writer.varint(10);
  }

  #writeAnyValue(writer: Writer, name: string, any: Readonly<Record<string, unknown>>): void {
    const extra = Object.keys(any).find((key) => key !== "@type" && key !== "value");
    if (extra !== undefined) throw new Refusal(`unknown field: ${name} is written in "value"`).within(extra);
    try {
      this.#content(name)(writer, any.value);
    } catch (error) {
      throw within("value", error);
    }
  }

  #anyContent(name: string): WriteContent {
    try {
      return this.#content(name);
    } catch (error) {
      throw within("@type", error);
    }
  }
}

function boolKey(key: string): unknown {
  return key === "true" ? true : key === "false" ? false : key;
}

let envoyEncoder: Encoder | undefined;

/**
 * Encodes a message of Envoy's API in protobuf-JSON shape; field names may be camelCase or as in the .proto file.
 * Returns bytes of their own, of exactly the message's size. Throws an `EncodeError` that tells where and why for unknown
 * fields, enum values and type URLs, values of the wrong type, and two members of one oneof.
 */
export function encode<Name extends keyof Messages>(name: Name, message: Messages[Name]): Uint8Array {
  return encodeUntyped(name, message);
}

/** As `encode`, for messages that were not checked by the compiler: patches of users, answers of extensions. */
export function encodeUntyped(name: string, message: unknown): Uint8Array {
  envoyEncoder ??= new Encoder(envoyDescriptors());
  return envoyEncoder.encode(name, message);
}
