/** What a measured server serves, and the changes that are made to it. */
import type { XdsType } from "../../src/xds/resource.ts";
import type { Delivery, DeltaClient } from "./delta-client.ts";

/** A change of the files, and how it is recognized when it arrives. */
export interface Edit {
  readonly title: string;
  /** Makes the change number `n`, from 1 on; returns what tells the response that brings it. */
  make(n: number): (delivery: Delivery) => boolean;
}

/** Files of a server, and what is measured with them. */
export interface Workload {
  readonly configFile: string;
  readonly configHome: string;
  /** The fleet that a client asks for. */
  readonly scope: string;
  readonly edits: readonly Edit[];
  /** Resolves when a client has everything, with the moment when the last of it came (`performance.now()`). */
  whole(client: DeltaClient): Promise<number>;
  removeAll(): void;
}

/** Tells the responses that bring a resource of the type with that text in it. */
export function brings(type: XdsType, text: string): (delivery: Delivery) => boolean {
  // Only these lengths are followed by that text: edition-1 is no edition-10.
  const sought = Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
  return (delivery) =>
    delivery.type === type &&
    [...delivery.resources.values()].some((value) => Buffer.from(value.buffer, value.byteOffset, value.length).includes(sought));
}

/** Tells the responses that bring resources of the type of which none has that text. */
export function drops(type: XdsType, text: string): (delivery: Delivery) => boolean {
  const has = brings(type, text);
  return (delivery) => delivery.type === type && delivery.resources.size > 0 && !has(delivery);
}
