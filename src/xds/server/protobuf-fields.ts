/**
 * The protobuf wire format (https://protobuf.dev/programming-guides/encoding/), as far as the xDS envelope needs it. Requests come
 * from the network: every length is checked against what is there.
 */
import { Writer } from "../codec/writer.ts";

/** The bytes are not a valid message. */
export class MalformedMessage extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MalformedMessage";
  }
}

/** One field of a message: `bytes` for length-delimited fields, `number` for varints; fixed-width fields carry neither. */
export interface Field {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly number?: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The fields of a message in wire order. Throws MalformedMessage. */
export function* readFields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, length = 1; ; factor *= 128, length++) {
      const byte = message[at++];
      if (byte === undefined) throw new MalformedMessage("truncated varint");
      if (length > 10) throw new MalformedMessage("varint longer than 10 bytes");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const skip = (length: number): number => {
    const start = at;
    if (length > message.length - at) throw new MalformedMessage("field longer than its message");
    at += length;
    return start;
  };
  while (at < message.length) {
    const tag = varint();
    const id = Math.floor(tag / 8);
    if (id === 0 || tag > 0xffffffff) throw new MalformedMessage("invalid field number");
    switch (tag & 7) {
      case 0:
        yield { id, number: varint() };
        break;
      case 1:
        skip(8);
        break;
      case 2: {
        const length = varint();
        const start = skip(length);
        yield { id, bytes: message.subarray(start, at) };
        break;
      }
      case 5:
        skip(4);
        break;
      default:
        throw new MalformedMessage("unsupported wire type");
    }
  }
}

/** The field's bytes. Throws MalformedMessage when the field is not length-delimited. */
export function bytesOf(field: Field): Uint8Array {
  if (field.bytes === undefined) throw new MalformedMessage(`field ${field.id} has the wrong wire type`);
  return field.bytes;
}

/** The field as a string. Throws MalformedMessage when it is not UTF-8. */
export function stringOf(field: Field): string {
  const bytes = bytesOf(field);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MalformedMessage(`field ${field.id} is not valid UTF-8`);
  }
}

const writer = new Writer();

/** A length-delimited field, ready to be concatenated with others. */
export function encodeField(id: number, value: Uint8Array | string): Uint8Array {
  writer.reset();
  if (typeof value === "string") writer.string(value);
  else writer.bytes(value);
  writer.varint(id * 8 + 2);
  return writer.finish();
}
