import type { Messages } from "#envoy/messages";

/** A message in protobuf-JSON shape, packed for a `google.protobuf.Any` field: its fields beside its type URL. */
export type Packed<Name extends keyof Messages> = Messages[Name] & { readonly "@type": `type.googleapis.com/${Name}` };

/**
 * Packs a message for a field of type `google.protobuf.Any` (`typedConfig`), as protobuf JSON writes it:
 * `{ "@type": "type.googleapis.com/<name>", ...message }`.
 * Source: https://protobuf.dev/programming-guides/json/#any
 */
export function typed<Name extends keyof Messages>(name: Name, message: Messages[Name]): Packed<Name> {
  return { "@type": `type.googleapis.com/${name}`, ...message };
}
