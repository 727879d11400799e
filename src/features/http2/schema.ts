/** Settings of HTTP/2. Source: Envoy Gateway v1.9, http2_types.go (HTTP2Settings). */
import { byteQuantity } from "../../api/envoy/quantity.ts";
import { duration } from "../../api/gateway/names.ts";
import type { ValueOf } from "../../api/schema/schema.ts";
import { integer, object, optional, string } from "../../api/schema/vocabulary.ts";

/** Settings of HTTP/2 connections. */
export function http2Settings(description: string) {
  return object(description, {
    connectionKeepalive: optional(
      object(
        "Pings that find out whether a connection still lives.",
        {
          idleInterval: optional(duration("A ping is sent before a request when the connection was idle for so long.")),
          interval: optional(duration("Time between pings.")),
          intervalJitter: optional(
            integer("Random part of the interval, in percent.", { format: "int32", minimum: 0, maximum: 100 }),
          ),
          timeout: optional(duration("Time for the answer to a ping.")),
        },
        {
          rules: [
            {
              rule: "!has(self.timeout) || !has(self.interval) || duration(self.timeout) < duration(self.interval)",
              message: "timeout must be less than interval",
            },
          ],
        },
      ),
    ),
    initialConnectionWindowSize: optional(byteQuantity("Flow control window of a connection in bytes.")),
    initialStreamWindowSize: optional(byteQuantity("Flow control window of a stream in bytes.")),
    maxConcurrentStreams: optional(
      integer("Streams at a time on one connection.", { format: "int32", minimum: 1, maximum: 2147483647 }),
    ),
    onInvalidMessage: optional(string("What an invalid message ends: `TerminateConnection` or `TerminateStream`.")),
  });
}

/** Settings of HTTP/2. */
export type Http2Settings = ValueOf<ReturnType<typeof http2Settings>>;
