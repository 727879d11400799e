/** An xDS client made of grpc-js and protobuf-es: nothing in it is ours. */

import type { JsonValue } from "@bufbuild/protobuf";
import { type ClientDuplexStream, credentials, Metadata, makeGenericClientConstructor, type ServiceError } from "@grpc/grpc-js";
import type { TlsMaterial } from "../../src/certificates/material.ts";
import { deserializer, serializer } from "./messages.ts";

/** What a call answered: a message, or how it ended. */
export type Event =
  | { readonly message: Record<string, unknown> }
  | { readonly ended: { readonly code: number; readonly details: string } };

/** One streaming call. */
export class Call {
  readonly #stream: ClientDuplexStream<JsonValue, Record<string, unknown>>;
  readonly #events: Event[] = [];
  #wake: (() => void) | undefined;

  constructor(stream: ClientDuplexStream<JsonValue, Record<string, unknown>>) {
    this.#stream = stream;
    stream.on("data", (message) => this.#add({ message }));
    stream.on("error", ({ code, details }: ServiceError) => this.#add({ ended: { code, details } }));
    stream.on("end", () => {});
    stream.on("status", ({ code, details }) => {
      if (code === 0) this.#add({ ended: { code, details } });
    });
  }

  send(request: JsonValue): void {
    this.#stream.write(request);
  }

  end(): void {
    this.#stream.end();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  /** The next event, however long it takes. */
  async next(): Promise<Event> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next message; throws when the call ends instead. */
  async message(): Promise<Record<string, unknown>> {
    const event = await this.next();
    if ("message" in event) return event.message;
    throw new Error(`the call ended: ${event.ended.code} ${event.ended.details}`);
  }

  /** How the call ended; throws when a message comes instead. */
  async status(): Promise<{ readonly code: number; readonly details: string }> {
    const event = await this.next();
    if ("ended" in event) return event.ended;
    throw new Error("the call went on");
  }

  #add(event: Event): void {
    this.#events.push(event);
    this.#wake?.();
  }
}

/** A connection to a server on this machine. */
export class XdsClient {
  readonly #client: InstanceType<ReturnType<typeof makeGenericClientConstructor>>;

  readonly #metadata = new Metadata();

  /** @param tls the client's certificate; "plaintext" for none and no TLS; or TLS without one, with a bearer token or without */
  constructor(port: number, tls: TlsMaterial | "plaintext" | Anonymous) {
    if (tls !== "plaintext" && "token" in tls && tls.token !== undefined)
      this.#metadata.set("authorization", `Bearer ${tls.token}`);
    const Client = makeGenericClientConstructor({}, "xds");
    this.#client = new Client(`127.0.0.1:${port}`, credentialsOf(tls), {
      "grpc.ssl_target_name_override": "localhost",
      "grpc.max_receive_message_length": -1,
      "grpc.enable_retries": 0,
      "grpc.initial_reconnect_backoff_ms": 50,
    });
  }

  /** `service` without the package prefix `envoy.service.`. */
  call(service: string, method: string): Call {
    const delta = method.startsWith("Delta") ? "Delta" : "";
    return this.raw(
      `/envoy.service.${service}/${method}`,
      serializer(`envoy.service.discovery.v3.${delta}DiscoveryRequest`),
      deserializer(`envoy.service.discovery.v3.${delta}DiscoveryResponse`),
    );
  }

  delta(): Call {
    return this.call("discovery.v3.AggregatedDiscoveryService", "DeltaAggregatedResources");
  }

  sotw(): Call {
    return this.call("discovery.v3.AggregatedDiscoveryService", "StreamAggregatedResources");
  }

  /** A call with the given encoding of messages. */
  raw(path: string, encode: (request: JsonValue) => Buffer, decode: (bytes: Buffer) => Record<string, unknown>): Call {
    return new Call(this.#client.makeBidiStreamRequest(path, encode, decode, this.#metadata));
  }

  close(): void {
    this.#client.close();
  }
}

/** A client without a certificate. */
interface Anonymous {
  /** The CA that it trusts. */
  readonly anonymousTrusting: string;
  readonly token?: string;
}

function credentialsOf(tls: TlsMaterial | "plaintext" | Anonymous) {
  if (tls === "plaintext") return credentials.createInsecure();
  if ("anonymousTrusting" in tls) return credentials.createSsl(Buffer.from(tls.anonymousTrusting));
  return credentials.createSsl(Buffer.from(tls.ca), Buffer.from(tls.key), Buffer.from(tls.certificate));
}
