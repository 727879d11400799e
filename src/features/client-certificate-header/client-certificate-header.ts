/** The header x-forwarded-client-cert. Source: Envoy Gateway v1.9, clienttrafficpolicy_types.go (XForwardedClientCert). */
import { slot } from "../../ir/slot.ts";
import type { Feature } from "../feature.ts";
import type { ForwardedClientCertificate } from "./schema.ts";

const part = slot<ForwardedClientCertificate>("client-certificate-header");

const modes = {
  Sanitize: "SANITIZE",
  ForwardOnly: "FORWARD_ONLY",
  AppendForward: "APPEND_FORWARD",
  SanitizeSet: "SANITIZE_SET",
  AlwaysForwardOnly: "ALWAYS_FORWARD_ONLY",
} as const;

/** Backends learn of the certificate by which a client authenticated itself. */
export const clientCertificateHeader: Feature = {
  name: part.name,
  listenerField: {
    httpOnly: true,
    translate({ headers = {} }, parts) {
      const { xForwardedClientCert } = headers;
      return { parts: xForwardedClientCert === undefined ? parts : part.set(parts, xForwardedClientCert) };
    },
  },
  connectionManager(draft, _fleet, own) {
    const settings = part.of(own);
    if (settings === undefined) return draft;
    const { mode = "Sanitize", certDetailsToAdd = [] } = settings;
    const tells = mode === "AppendForward" || mode === "SanitizeSet";
    const has = (detail: (typeof certDetailsToAdd)[number]) => certDetailsToAdd.includes(detail);
    const setCurrentClientCertDetails = {
      subject: has("Subject"),
      cert: has("Cert"),
      chain: has("Chain"),
      dns: has("DNS"),
      uri: has("URI"),
    };
    return { ...draft, forwardClientCertDetails: modes[mode], ...(tells && { setCurrentClientCertDetails }) };
  },
};
