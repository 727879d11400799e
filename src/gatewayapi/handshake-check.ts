/** What Envoy takes as settings of handshakes: it refuses whatever has anything else. Source: Envoy 1.40 with BoringSSL (ssl_cipher.cc, extensions.cc). */

/** Cipher suites for TLS up to 1.2, by both their names. Those of TLS 1.3 cannot be chosen. */
const suites = [
  ["ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
  ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  ["ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
  ["ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
  ["ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
  ["ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  ["ECDHE-PSK-CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"],
  ["ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"],
  ["ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
  ["ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"],
  ["ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"],
  ["ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"],
  ["AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"],
  ["AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"],
  ["AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"],
  ["AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"],
  ["DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
] as const;

/** Names of several suites together. */
const suiteGroups = ["ALL", "HIGH", "FIPS", "AES", "AES128", "AES256", "AESGCM", "CHACHA20", "ECDHE", "ECDSA", "RSA"];

const knownCiphers: ReadonlySet<string> = new Set([...suites.flat(), ...suiteGroups]);

const knownCurves: ReadonlySet<string> = new Set(
  ["X25519", "P-256", "prime256v1", "P-384", "secp384r1", "P-521", "secp521r1", "X25519MLKEM768", "MLKEM1024"].map((name) =>
    name.toLowerCase(),
  ),
);

const knownAlgorithms: ReadonlySet<string> = new Set([
  ...["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"],
  ...["ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ed25519"],
  ...["rsa_pkcs1_sha1", "rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512", "ecdsa_sha1"],
  ...["RSA-PSS", "RSA", "ECDSA"].flatMap((key) => ["SHA256", "SHA384", "SHA512"].map((digest) => `${key}+${digest}`)),
]);

/** The lists in the settings of a handshake. */
export interface HandshakeLists {
  readonly ciphers?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
  readonly alpnProtocols?: readonly string[];
}

/** The first entry that Envoy would refuse, with its path and what to do, for people; undefined where there is none. */
export function handshakeMistake(lists: HandshakeLists): string | undefined {
  const { ciphers = [], ecdhCurves = [], signatureAlgorithms = [], alpnProtocols = [] } = lists;
  const unknown = (field: string, entries: readonly string[], isKnown: (entry: string) => boolean, what: string) => {
    const index = entries.findIndex((entry) => !isKnown(entry));
    return index < 0 ? undefined : `${field}[${index}]: "${entries[index]}" is no ${what}`;
  };
  return (
    unknown("ciphers", ciphers, isCipher, `cipher suite for TLS up to 1.2 that Envoy knows; use names like ${suites[1][0]}`) ??
    unknown(
      "ecdhCurves",
      ecdhCurves,
      (curve) => knownCurves.has(curve.toLowerCase()),
      "curve that Envoy knows; use X25519, P-256, P-384 or P-521",
    ) ??
    unknown(
      "signatureAlgorithms",
      signatureAlgorithms,
      (name) => knownAlgorithms.has(name),
      "signature algorithm that Envoy knows; use names like rsa_pss_rsae_sha256",
    ) ??
    unknown("alpnProtocols", alpnProtocols, isProtocol, "name of an application protocol; use one of 1 to 255 bytes")
  );
}

/** A suite, some in a row, or some in brackets of which any will do. */
function isCipher(entry: string): boolean {
  const names = entry.split(":").flatMap((part) => /^\[(.+)\]$/.exec(part)?.[1]?.split("|") ?? part);
  return names.every((name) => knownCiphers.has(name));
}

function isProtocol(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= 255;
}
