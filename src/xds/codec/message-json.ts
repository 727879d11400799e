/**
 * Messages in protobuf JSON as data that can be changed: with one form of names, and merged. Values are not looked at: `encode`
 * and `violations` do that. What the descriptors do not know stays as it is, to be refused there.
 * Source: https://protobuf.dev/programming-guides/json/
 */
import { hasOwnShape, messageNameOf } from "./any.ts";
import { envoyDescriptors, type Field } from "./descriptors.ts";
import { isObject, wellKnownTypes } from "./well-known-type.ts";

/** A message in protobuf JSON. */
export type MessageJson = Readonly<Record<string, unknown>>;

/** `message`, of the full name `name`, with the field names of the .proto files (`typed_config`), as users write them. */
export function withProtoNames(name: string, message: MessageJson): MessageJson {
  const fields = fieldsOf(name);
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    const field = fields.get(key);
    renamed[field?.name ?? key] = field === undefined ? value : renameIn(field, value);
  }
  return renamed;
}

function renameIn(field: Field, value: unknown): unknown {
  if (field.type !== "message") return value;
  const entry = envoyDescriptors().message(field.typeName);
  if (entry?.mapEntry === true) {
    const member = entry.fields.find(({ number }) => number === 2);
    if (member === undefined || !isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renameIn(member, each)]));
  }
  if (Array.isArray(value)) return value.map((each) => renameMessage(field.typeName, each));
  return renameMessage(field.typeName, value);
}

function renameMessage(name: string, value: unknown): unknown {
  if (!isObject(value) || wellKnownTypes.has(name)) return value;
  if (name !== "google.protobuf.Any") return withProtoNames(name, value);
  const packed = messageNameOf(value["@type"]);
  return packed === undefined || hasOwnShape(packed, value) ? value : withProtoNames(packed, value);
}

/**
 * `above` merged into `below`, both of the full name `name` and with the names of the .proto files, as protobuf merges messages:
 * what is set replaces, messages merge, lists are joined, and a member of a oneof replaces the others. Messages with a JSON shape
 * of their own (durations, wrappers) and packed ones replace each other as a whole.
 */
export function mergeMessages(name: string, below: MessageJson, above: MessageJson): MessageJson {
  const fields = fieldsOf(name);
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const field = fields.get(key);
    if (field?.oneof !== undefined) {
      for (const other of fields.values()) if (other.oneof === field.oneof && other.name !== key) delete merged[other.name];
    }
    merged[key] = field === undefined ? value : mergeField(field, merged[key], value);
  }
  return merged;
}

function mergeField({ type, typeName, repeated }: Field, below: unknown, above: unknown): unknown {
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (!isObject(below) || !isObject(above)) return above;
  // A map is a list of entries for protobuf, an object in JSON.
  if (repeated) return { ...below, ...above };
  const whole = type !== "message" || typeName === "google.protobuf.Any" || wellKnownTypes.has(typeName);
  return whole ? above : mergeMessages(typeName, below, above);
}

const fieldsByName = new Map<string, ReadonlyMap<string, Field>>();

/** The fields of a message by both of their names; none for a message that nobody knows. */
function fieldsOf(name: string): ReadonlyMap<string, Field> {
  const known = fieldsByName.get(name);
  if (known !== undefined) return known;
  const fields = new Map<string, Field>();
  for (const field of envoyDescriptors().message(name)?.fields ?? []) {
    fields.set(field.name, field).set(field.jsonName, field);
  }
  fieldsByName.set(name, fields);
  return fields;
}
