/**
 * The scalar types: how each is read from protobuf JSON and written.
 * Source: https://protobuf.dev/programming-guides/json/ and https://protobuf.dev/programming-guides/encoding/
 */
import type { EnumType, FieldType } from "./descriptors.ts";
import { kindOf, Refusal } from "./refusal.ts";
import type { Writer } from "./writer.ts";

/** Everything the codec needs to know of one scalar type. All functions throw a Refusal when the value is not of the type. */
export interface Scalar<T = unknown> {
  /** The low three bits of the tag. */
  readonly wireType: WireType;
  /** Turns a value in JSON shape into the one that is written. */
  readonly parse: (value: unknown) => T;
  /** Writes a value in JSON shape, without its tag. */
  readonly write: (writer: Writer, value: unknown) => void;
  /** The same for fields of implicit presence: writes nothing for the default value. Tells whether it wrote. */
  readonly writeUnlessDefault: (writer: Writer, value: unknown) => boolean;
}

type WireType = 0 | 1 | 2 | 5;
type WriteParsed<T> = (writer: Writer, value: T) => void;

function scalar<T>(
  wireType: WireType,
  parse: (value: unknown) => T,
  isDefault: (value: T) => boolean,
  write: WriteParsed<T>,
): Scalar<T> {
  return {
    wireType,
    parse,
    write: (writer, value) => write(writer, parse(value)),
    writeUnlessDefault: (writer, value) => {
      const parsed = parse(value);
      if (isDefault(parsed)) return false;
      write(writer, parsed);
      return true;
    },
  };
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Parses the integers that fit into a JavaScript number exactly: the 32-bit types. */
function smallInteger(min: number, max: number): (value: unknown) => number {
  return (value) => {
    const number = typeof value === "string" && jsonNumber.test(value) ? Number(value) : value;
    if (typeof number === "bigint") return smallFromBigint(number, min, max);
    if (typeof number !== "number" || !Number.isInteger(number))
      throw new Refusal(`expected an integer, got ${notAnInteger(value)}`);
    if (number < min || number > max) throw new Refusal(`${number} is out of range: ${min} to ${max}`);
    return number;
  };
}

function smallFromBigint(value: bigint, min: number, max: number): number {
  if (value < min || value > max) throw new Refusal(`${value} is out of range: ${min} to ${max}`);
  return Number(value);
}

/** Parses the 64-bit integers: a number where it is exact, else a bigint. */
function bigInteger(min: bigint, max: bigint): (value: unknown) => number | bigint {
  return (value) => {
    const integer = typeof value === "string" ? integerFromText(value) : value;
    if (typeof integer === "number") {
      if (!Number.isSafeInteger(integer))
        throw new Refusal(`expected an exact integer (above 2^53 as a string), got ${notAnInteger(integer)}`);
      if (integer < 0 && min === 0n) throw new Refusal(`${integer} is out of range: ${min} to ${max}`);
      return integer;
    }
    if (typeof integer !== "bigint") throw new Refusal(`expected an integer, got ${notAnInteger(value)}`);
    if (integer < min || integer > max) throw new Refusal(`${integer} is out of range: ${min} to ${max}`);
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  };
}

function integerFromText(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return jsonNumber.test(text) ? Number(text) : undefined;
}

function notAnInteger(value: unknown): string {
  return typeof value === "number" ? String(value) : kindOf(value);
}

/** Parses a floating point number; the values that JSON has no numbers for are strings. */
function parseFloat64(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value === "string" && jsonNumber.test(value)) return Number(value);
  throw new Refusal(`expected a number, got ${kindOf(value)}`);
}

function parseFloat32(value: unknown): number {
  const number = parseFloat64(value);
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number)))
    throw new Refusal(`${number} is out of range for a 32-bit float`);
  return number;
}

function parseBool(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Refusal(`expected true or false, got ${kindOf(value)}`);
  return value;
}

function parseString(value: unknown): string {
  if (typeof value !== "string") throw new Refusal(`expected a string, got ${kindOf(value)}`);
  return value;
}

/** Parses bytes: base64 in either alphabet, with or without padding, or the bytes themselves. */
export function parseBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw new Refusal(`expected base64 or bytes, got ${kindOf(value)}`);
  const digits = value.replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits) || digits.length % 4 === 1) throw new Refusal("the string is not base64");
  return Buffer.from(digits, "base64");
}

function isZero(value: number | bigint): boolean {
  return value === 0;
}

/** Negative zero is not the default of a floating point field. */
function isPositiveZero(value: number): boolean {
  return Object.is(value, 0);
}

function integer([min, max]: readonly [number, number], write: WriteParsed<number>, wireType: WireType = 0): Scalar<number> {
  return scalar(wireType, smallInteger(min, max), isZero, write);
}

function integer64(
  [min, max]: readonly [bigint, bigint],
  write: WriteParsed<number | bigint>,
  wireType: WireType = 0,
): Scalar<number | bigint> {
  return scalar(wireType, bigInteger(min, max), isZero, write);
}

const signed32 = [-(2 ** 31), 2 ** 31 - 1] as const;
const unsigned32 = [0, 2 ** 32 - 1] as const;
const signed64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const unsigned64 = [0n, 2n ** 64n - 1n] as const;

/** The scalar types by their names in the .proto language; that of an enum is made by `enumScalar`. */
export const scalars = {
  double: scalar(1, parseFloat64, isPositiveZero, (writer, value) => writer.double(value)),
  float: scalar(5, parseFloat32, isPositiveZero, (writer, value) => writer.float(value)),
  bool: scalar(
    0,
    parseBool,
    (value) => !value,
    (writer, value) => writer.varint(value ? 1 : 0),
  ),
  string: scalar(
    2,
    parseString,
    (value) => value === "",
    (writer, value) => writer.string(value),
  ),
  bytes: scalar(
    2,
    parseBytes,
    (value) => value.length === 0,
    (writer, value) => writer.bytes(value),
  ),
  int32: integer(signed32, (writer, value) => writer.varint64(value)),
  sint32: integer(signed32, (writer, value) => writer.varint(((value << 1) ^ (value >> 31)) >>> 0)),
  uint32: integer(unsigned32, (writer, value) => writer.varint(value)),
  fixed32: integer(unsigned32, (writer, value) => writer.fixed32(value), 5),
  sfixed32: integer(signed32, (writer, value) => writer.fixed32(value), 5),
  int64: integer64(signed64, (writer, value) => writer.varint64(value)),
  sint64: integer64(signed64, (writer, value) =>
    writer.varint64(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))),
  ),
  uint64: integer64(unsigned64, (writer, value) => writer.varint64(value)),
  fixed64: integer64(unsigned64, (writer, value) => writer.fixed64(value), 1),
  sfixed64: integer64(signed64, (writer, value) => writer.fixed64(value), 1),
};

/** The name of a scalar type that needs no descriptor. */
export type ScalarName = keyof typeof scalars;

/** Narrows a field's type to a scalar. */
export function isScalarName(type: FieldType): type is ScalarName {
  return type in scalars;
}

/** The scalar of an enum: names, or numbers that have one. */
export function enumScalar(type: EnumType): Scalar<number> {
  const parse = (value: unknown): number => {
    if (typeof value === "number") {
      if (type.names.has(value)) return value;
      throw new Refusal(`${value} is no value of ${type.name}`);
    }
    if (typeof value !== "string") throw new Refusal(`expected a name of ${type.name}, got ${kindOf(value)}`);
    const number = type.numbers.get(value);
    if (number === undefined) throw new Refusal(`${JSON.stringify(value)} is no value of ${type.name}`);
    return number;
  };
  return scalar(0, parse, isZero, (writer, value) => writer.varint64(value));
}
