/** A duration in milliseconds as protobuf JSON writes it: `1.5s`. */
export function durationJson(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}
