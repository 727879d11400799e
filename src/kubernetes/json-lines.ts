const newline = 0x0a;

/**
 * The JSON values of a stream that has one a line. Values may be of any size and be cut anywhere, inside of a character too. What
 * stands behind the last line feed was cut off by the end of the stream and is left out. Throws a SyntaxError for a line that is not JSON.
 */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void, void> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      const line = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      parts = [];
      if (line !== undefined && line.length > 0) yield JSON.parse(decoder.decode(line)) as unknown;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
}
