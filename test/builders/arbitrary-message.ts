/** Random messages of Envoy's API in protobuf-JSON shape, made from the descriptors, for property tests. */
import * as fc from "fast-check";
import { envoyDescriptors, type Field, type MessageType } from "../../src/xds/codec/descriptors.ts";

const packable = [
  "envoy.extensions.filters.http.router.v3.Router",
  "envoy.extensions.filters.http.cors.v3.CorsPolicy",
  "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest",
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
];

/** Messages of the type of that full name, with other messages in them down to `depth`. Both forms of field names occur. */
export function arbitraryMessage(name: string, depth = 3): fc.Arbitrary<Record<string, unknown>> {
  const type = envoyDescriptors().message(name);
  if (type === undefined) throw new Error(`no message ${name}`);
  const usable = type.fields.filter((field) => depth > 0 || isShallow(field));
  return fc.subarray(usable, { maxLength: Math.min(usable.length, 6) }).chain((chosen) => record(oneOfEach(chosen), depth));
}

/** At most one member of each oneof. */
function oneOfEach(fields: readonly Field[]): Field[] {
  const taken = new Set<number>();
  return fields.filter(({ oneof }) => {
    if (oneof === undefined) return true;
    const free = !taken.has(oneof);
    taken.add(oneof);
    return free;
  });
}

function record(fields: readonly Field[], depth: number): fc.Arbitrary<Record<string, unknown>> {
  const entry = (field: Field): fc.Arbitrary<[string, unknown]> =>
    fc.tuple(fc.constantFrom(field.name, field.jsonName), arbitraryField(field, depth));
  return fc.tuple(...fields.map(entry)).map((entries) => Object.fromEntries(entries));
}

function isShallow(field: Field): boolean {
  return field.type !== "message" || (field.typeName.startsWith("google.protobuf.") && field.typeName !== "google.protobuf.Any");
}

function arbitraryField(field: Field, depth: number): fc.Arbitrary<unknown> {
  const entry = field.repeated && field.type === "message" ? envoyDescriptors().message(field.typeName) : undefined;
  if (entry?.mapEntry) return arbitraryMap(entry, depth);
  return field.repeated ? fc.array(arbitraryValue(field, depth), { maxLength: 3 }) : arbitraryValue(field, depth);
}

function arbitraryMap(entry: MessageType, depth: number): fc.Arbitrary<unknown> {
  const [key, value] = entry.fields;
  if (key === undefined || value === undefined) throw new Error(`map without key and value: ${entry.name}`);
  return fc.dictionary(key.type === "string" ? word : fc.nat().map(String), arbitraryValue(value, depth), { maxKeys: 3 });
}

const word = fc.string({ maxLength: 60, unit: "grapheme" }).filter((text) => text !== "__proto__" && text.isWellFormed());
const float = fc.oneof(
  fc.float({ noNaN: true }).filter((value) => Number.isFinite(value) && !Object.is(value, -0)),
  fc.constantFrom("NaN", "Infinity", "-Infinity"),
);
const int32 = fc.integer();
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const bool = fc.boolean();
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value).toString("base64"));
const json = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value), (key, member) => (key === "__proto__" ? undefined : member)));
const object = fc.dictionary(word, json, { maxKeys: 3 });
const duration = fc
  .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom("", ".5", ".000000001"))
  .map(([s, fraction]) => `${s}${fraction}s`);
const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9000-01-01") }).map((date) => date.toISOString());

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  double: float, float, int32, sint32: int32, sfixed32: int32, uint32, fixed32: uint32, int64, sint64: int64, sfixed64: int64,
  uint64, fixed64: uint64, bool, string: word, bytes,
}; // biome-ignore format: a table

const wellKnown: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  DoubleValue: float, FloatValue: float, Int64Value: int64, UInt64Value: uint64, Int32Value: int32, UInt32Value: uint32,
  BoolValue: bool, StringValue: word, BytesValue: bytes, Duration: duration, Timestamp: time, Struct: object, Value: json,
  ListValue: fc.array(json, { maxLength: 3 }), FieldMask: fc.constantFrom("", "a", "fooBar,b.cD"), Empty: fc.constant({}),
}; // biome-ignore format: a table

function arbitraryValue(field: Field, depth: number): fc.Arbitrary<unknown> {
  if (field.type === "enum") return fc.constantFrom(...(envoyDescriptors().enumeration(field.typeName)?.numbers.keys() ?? []));
  const scalar = scalars[field.type];
  if (scalar !== undefined) return scalar;
  if (field.typeName === "google.protobuf.Any") return arbitraryAny(depth - 1);
  const known = field.typeName.startsWith("google.protobuf.")
    ? wellKnown[field.typeName.slice("google.protobuf.".length)]
    : undefined;
  return known ?? arbitraryMessage(field.typeName, depth - 1);
}

function arbitraryAny(depth: number): fc.Arbitrary<unknown> {
  return fc
    .constantFrom(...packable)
    .chain((name) => arbitraryMessage(name, depth).map((message) => ({ "@type": `type.googleapis.com/${name}`, ...message })));
}
