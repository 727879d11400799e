/** TLS parameters shared by Backend, EnvoyProxy and the traffic policies. */

import { secretReference } from "../gateway/references.ts";
import type { ValidationRule } from "../schema/schema.ts";
import { choice, list, optional, string } from "../schema/vocabulary.ts";

const versions = ["Auto", "1.0", "1.1", "1.2", "1.3"] as const;

/** What may be negotiated in a TLS handshake. Goes with `tlsRules`. */
export const tlsSettingsFields = {
  alpnProtocols: optional(
    list(
      "Application protocols offered by ALPN, best first. An empty list switches ALPN off; backends are then spoken to in HTTP/1.1.",
      string("Protocol."),
    ),
  ),
  ciphers: optional(list("Cipher suites for TLS 1.0 to 1.2, in OpenSSL or IANA names.", string("Cipher suite."))),
  ecdhCurves: optional(list("Curves for the key exchange, best first.", string("Curve."))),
  fingerprints: optional(list("Fingerprints that are taken of a client's handshake.", choice("JA3 or JA4.", ["JA3", "JA4"]))),
  maxVersion: optional(choice("Highest TLS version; 1.3 where it is left out.", versions)),
  minVersion: optional(choice("Lowest TLS version; 1.2 where it is left out.", versions)),
  signatureAlgorithms: optional(list("Signature algorithms, best first.", string("Algorithm."))),
};

/** TLS parameters of connections that the proxy opens. Goes with `tlsRules`. */
export const upstreamTlsFields = {
  ...tlsSettingsFields,
  clientCertificateRef: optional(
    secretReference("The Secret with the certificate and key by which the proxy authenticates itself; in the same namespace."),
  ),
};

// Auto is the lowest as a minimum and the highest as a maximum, which is what the two maps say.
const lowest = '{"Auto":0,"1.0":1,"1.1":2,"1.2":3,"1.3":4}';
const highest = '{"1.0":1,"1.1":2,"1.2":3,"1.3":4,"Auto":5}';

/** What must hold between the fields above. */
export const tlsRules: readonly ValidationRule[] = [
  {
    rule: "has(self.minVersion) && self.minVersion == '1.3' ? !has(self.ciphers) : true",
    message: "setting ciphers has no effect if the minimum possible TLS version is 1.3",
  },
  {
    rule: `has(self.minVersion) && has(self.maxVersion) ? ${lowest}[self.minVersion] <= ${highest}[self.maxVersion] : !has(self.minVersion) && has(self.maxVersion) ? 3 <= ${highest}[self.maxVersion] : true`,
    message: "minVersion must be smaller or equal to maxVersion",
  },
];
