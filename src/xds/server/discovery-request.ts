/** Decodes envoy.service.discovery.v3.DiscoveryRequest and DeltaDiscoveryRequest. Unknown fields are skipped. */
import { bytesOf, type Field, readFields, stringOf } from "./protobuf-fields.ts";

/** The parts of envoy.config.core.v3.Node that say who asks. */
export interface NodeIdentity {
  /** Unique per proxy. */
  readonly id: string;
  /** The fleet that it belongs to. */
  readonly cluster: string;
}

/** What a client says of the response whose nonce it repeats. */
export interface Answer {
  readonly nonce: string;
  /** Why the client refused that response; absent when it accepted it. */
  readonly error?: string;
}

interface Request {
  /** Set at least on the first request of a stream. */
  readonly node?: NodeIdentity;
  readonly typeUrl: string;
  readonly answer?: Answer;
}

/** A DeltaDiscoveryRequest. */
export interface DeltaRequest extends Request {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Name → version of what the client already has; only on the first request for a type. */
  readonly initialVersions: ReadonlyMap<string, string>;
}

/** A DiscoveryRequest: `names` is the whole list of what the client wants. */
export interface SotwRequest extends Request {
  readonly names: readonly string[];
}

/** Throws MalformedMessage. */
export function decodeDeltaRequest(message: Uint8Array): DeltaRequest {
  const envelope = new Envelope();
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  for (const field of readFields(message)) {
    if (field.id === 1) envelope.node = decodeNode(field);
    else if (field.id === 2) envelope.typeUrl = stringOf(field);
    else if (field.id === 3) subscribe.push(stringOf(field));
    else if (field.id === 4) unsubscribe.push(stringOf(field));
    else if (field.id === 5) initialVersions.set(...decodeMapEntry(field));
    else if (field.id === 6) envelope.nonce = stringOf(field);
    else if (field.id === 7) envelope.error = decodeStatus(field);
  }
  return { ...envelope.finish(), subscribe, unsubscribe, initialVersions };
}

/** Throws MalformedMessage. */
export function decodeSotwRequest(message: Uint8Array): SotwRequest {
  const envelope = new Envelope();
  const names: string[] = [];
  for (const field of readFields(message)) {
    if (field.id === 2) envelope.node = decodeNode(field);
    else if (field.id === 3) names.push(stringOf(field));
    else if (field.id === 4) envelope.typeUrl = stringOf(field);
    else if (field.id === 5) envelope.nonce = stringOf(field);
    else if (field.id === 6) envelope.error = decodeStatus(field);
  }
  return { ...envelope.finish(), names };
}

/** What both requests have, while it is being read. */
class Envelope {
  node: NodeIdentity | undefined;
  typeUrl = "";
  nonce = "";
  error: string | undefined;

  finish(): Request {
    const answer = { nonce: this.nonce, ...(this.error === undefined ? {} : { error: this.error }) };
    return {
      typeUrl: this.typeUrl,
      ...(this.node === undefined ? {} : { node: this.node }),
      ...(this.nonce === "" ? {} : { answer }),
    };
  }
}

function decodeNode(field: Field): NodeIdentity {
  let id = "";
  let cluster = "";
  for (const inner of readFields(bytesOf(field))) {
    if (inner.id === 1) id = stringOf(inner);
    else if (inner.id === 2) cluster = stringOf(inner);
  }
  return { id, cluster };
}

/** The message of a google.rpc.Status; its presence alone makes the answer a refusal. */
function decodeStatus(field: Field): string {
  let message = "";
  for (const inner of readFields(bytesOf(field))) if (inner.id === 2) message = stringOf(inner);
  return message;
}

function decodeMapEntry(field: Field): [string, string] {
  let key = "";
  let value = "";
  for (const inner of readFields(bytesOf(field))) {
    if (inner.id === 1) key = stringOf(inner);
    else if (inner.id === 2) value = stringOf(inner);
  }
  return [key, value];
}
