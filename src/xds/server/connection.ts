/** Care for one HTTP/2 connection: dead peers are found by pings, and no connection lives for ever. */
import type { ServerHttp2Session } from "node:http2";
import type { Clock } from "../../graph/index.ts";

/** How connections are looked after. */
export interface ConnectionLimits {
  /** Time between pings, in milliseconds. */
  readonly keepaliveMs: number;
  /** How long a ping may stay unanswered, in milliseconds. */
  readonly keepaliveTimeoutMs: number;
  /** The age at which the client is asked to reconnect (GOAWAY), in milliseconds. */
  readonly maxAgeMs: number;
  /** How long after that the connection is cut, in milliseconds. */
  readonly maxAgeGraceMs: number;
}

/** Looks after a connection until it closes. `retire` ends its calls when its time is over. */
export function careFor(session: ServerHttp2Session, limits: ConnectionLimits, clock: Clock, retire: () => void): void {
  let cancelPing = () => {};
  let cancelAge = () => {};
  const schedulePing = () => {
    cancelPing = clock.after(limits.keepaliveMs, ping);
  };
  const ping = () => {
    if (session.destroyed) return;
    cancelPing = clock.after(limits.keepaliveTimeoutMs, () => session.destroy());
    session.ping((error) => {
      cancelPing();
      if (error === null && !session.destroyed) schedulePing();
    });
  };
  const age = () => {
    session.close();
    cancelAge = clock.after(limits.maxAgeGraceMs, () => {
      retire();
      cancelAge = clock.after(1000, () => session.destroy());
    });
  };
  schedulePing();
  cancelAge = clock.after(limits.maxAgeMs, age);
  session.on("close", () => {
    cancelPing();
    cancelAge();
  });
}
