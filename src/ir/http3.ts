/** HTTP/3 at a listener: what features, resources and infrastructure all need to know of it. */
import { slot } from "./slot.ts";
import type { ProxyListener } from "./xds.ts";

/** The part of a listener that offers HTTP/3, on the UDP port of the same number. */
export const http3Slot = slot<true>("http3");

/** Whether a listener offers HTTP/3. */
export function offersHttp3({ parts, protocol }: ProxyListener): boolean {
  return protocol === "HTTPS" && http3Slot.of(parts) === true;
}
