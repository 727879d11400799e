/**
 * Puts messages together from encoded pieces. Parsers take the fields of a message in any order, and the elements of a
 * repeated field wherever they stand, so that
 *
 *     appendField(encode(name, message without the field), number, encoded elements)
 *
 * means what `encode` of the whole message means, and differs from its bytes at most in the place of that one field. It is
 * a function of its pieces: the same pieces in the same order give the same bytes. So one way must be kept for one resource:
 * bytes made by splicing must not be compared with bytes of the whole.
 * Source: https://protobuf.dev/programming-guides/encoding/#order, #last-one-wins
 */
import { pack, sizeOf } from "./pack.ts";
import { Writer } from "./writer.ts";

const writer = new Writer();

/** Encodes one length-delimited field: an embedded message, or one element of a repeated one. */
export function encodeField(number: number, content: Uint8Array): Uint8Array {
  const [field] = encodeFieldAround(number, content, []);
  return field;
}

/** One length-delimited field whose content is `head` and then `rest`, in pieces: those of `rest` are not copied. */
export function encodeFieldAround(
  number: number,
  head: Uint8Array,
  rest: readonly Uint8Array[],
): readonly [Uint8Array, ...Uint8Array[]] {
  writer.reset();
  writer.varint(head.length + sizeOf(rest));
  writer.varint(number * 8 + 2);
  return [pack([writer.finish(), head]), ...rest];
}

/** Appends encoded messages to `message` as the elements of its repeated field of that number, in their order. */
export function appendField(message: Uint8Array, number: number, elements: readonly Uint8Array[]): Uint8Array {
  writer.reset();
  for (let i = elements.length - 1; i >= 0; i--) {
    writer.bytes(elements[i] as Uint8Array);
    writer.varint(number * 8 + 2);
  }
  return concat([message, writer.finish()]);
}

/** The chunks one after another, in an array of exactly their size. */
export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sizeOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
