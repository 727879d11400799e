/** HTTP/3 for clients. Source: RFC 9114; RFC 7838 (alt-svc); Envoy Gateway v1.9, clienttrafficpolicy_types.go (HTTP3Settings). */
import { http3Slot } from "../../ir/http3.ts";
import type { Feature } from "../feature.ts";

/**
 * Clients learn from each answer that they can come by HTTP/3, on the UDP port of the same number. Not where certificates of clients
 * are checked: Envoy does not check them over QUIC, and everybody could come in.
 */
export const http3: Feature = {
  name: http3Slot.name,
  listenerField: {
    httpOnly: true,
    translate({ http3: settings }, parts, { name, secure, asksClients, udpPortTaken }) {
      if (settings === undefined || !secure) return { parts };
      if (asksClients) {
        const message = `HTTP/3 is not offered at listener ${name}: Envoy does not check certificates of clients over QUIC`;
        return { parts, warnings: [{ reason: "UnsupportedHTTP3ClientValidation", message }] };
      }
      if (udpPortTaken) {
        const message = `HTTP/3 is not offered at listener ${name}: a listener for datagrams has the UDP port of the same number`;
        return { parts, warnings: [{ reason: "UDPPortTaken", message }] };
      }
      return { parts: http3Slot.set(parts, true) };
    },
  },
  listenerRoute(draft, { externalPort }) {
    const header = { key: "alt-svc", value: `h3=":${externalPort}"; ma=${secondsKnown}` };
    return { ...draft, responseHeadersToAdd: [...(draft.responseHeadersToAdd ?? []), { append: true, header }] };
  },
};

/** How long clients may remember it: a day. */
const secondsKnown = 86400;
