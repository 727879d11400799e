import type { Messages } from "#envoy/messages";

/** Full name of a message of Envoy's API, such as `envoy.config.cluster.v3.Cluster`. */
export type MessageName = keyof Messages;

/** A message in protobuf-JSON shape, packed for a `google.protobuf.Any` field: its fields beside its type URL. */
export type Packed<Name extends MessageName = MessageName> = Messages[Name] & { readonly "@type": `type.googleapis.com/${Name}` };

/**
 * Packs a message for a field of type `google.protobuf.Any` (`typedConfig`), as protobuf JSON writes it:
 * `{ "@type": "type.googleapis.com/<name>", ...message }`.
 * Source: https://protobuf.dev/programming-guides/json/#any
 */
export function typed<Name extends MessageName>(name: Name, message: Messages[Name]): Packed<Name> {
  return { "@type": `type.googleapis.com/${name}`, ...message };
}
