import type { Messages } from "#envoy/messages";

/** A message for a field of type `google.protobuf.Any`, in protobuf JSON: its fields beside its type URL. */
export function typedConfig<Name extends keyof Messages>(name: Name, message: Messages[Name]) {
  return { "@type": `type.googleapis.com/${name}`, ...message };
}
