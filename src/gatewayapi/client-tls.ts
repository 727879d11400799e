/** What a ClientTrafficPolicy makes of TLS at a listener. Source: Envoy Gateway v1.9, tls_types.go (ClientTLSSettings). */
import type { ClientTls, ClientValidationField } from "../api/envoy/client-tls.ts";
import type { StringMatchField } from "../api/envoy/string-match.ts";
import type { Key } from "../graph/index.ts";
import type { ClientName, ClientTrust, ListenerTls } from "../ir/xds.ts";
import { type ClientBundleStanding, clientBundleKey } from "./client-bundles.ts";
import { handshakeMistake } from "./handshake-check.ts";
import { readStringMatch, regexMistakes } from "./string-match.ts";

/** What TLS becomes, and what is wrong with what the policy says of it. */
export interface ClientTlsOutcome {
  readonly tls: ListenerTls;
  /** In words that begin with the path of the field. */
  readonly mistakes: readonly string[];
}

/** What the outcome depends on besides the fields. */
export interface ClientTlsSite {
  /** Key of the policy. */
  readonly policy: Key;
  readonly bundle: ClientBundleStanding | undefined;
}

/**
 * TLS at a listener that a policy applies to, from what it is without one. The versions are always said then, 1.2 to 1.3 where the
 * policy leaves them out.
 */
export function applyClientTls(base: ListenerTls, fields: ClientTls = {}, site: ClientTlsSite): ClientTlsOutcome {
  const { alpnProtocols, minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, session, clientValidation } = fields;
  const mistake = handshakeMistake(fields);
  const clients = clientValidation && readClients(clientValidation, site);
  const lists = { ciphers, curves: ecdhCurves, signatureAlgorithms };
  const resumption = {
    stateful: session?.resumption?.stateful !== undefined,
    stateless: session?.resumption?.stateless !== undefined,
  };
  const tls: ListenerTls = {
    ...base,
    alpn: alpnProtocols ?? base.alpn,
    handshake: {
      minVersion: minVersion ?? "1.2",
      maxVersion: maxVersion ?? "1.3",
      // Envoy would refuse the whole listener because of a name that it does not know.
      ...(mistake === undefined && Object.fromEntries(Object.entries(lists).filter(([, list]) => list && list.length > 0))),
    },
    ...((resumption.stateful || resumption.stateless) && { resumption }),
    ...(clients?.trust !== undefined && { clients: clients.trust }),
  };
  return { tls, mistakes: [...(mistake === undefined ? [] : [`spec.tls.${mistake}`]), ...(clients?.mistakes ?? [])] };
}

const at = "spec.tls.clientValidation";

interface ClientsOutcome {
  readonly trust: ClientTrust;
  readonly mistakes: readonly string[];
}

type Mode = NonNullable<ClientValidationField["mode"]>;

function readClients(validation: ClientValidationField, { policy, bundle }: ClientTlsSite): ClientsOutcome {
  const { caCertificateRefs = [], crl, certificateHashes = [], spkiHashes = [], allowExpiredCertificate } = validation;
  const mode: Mode = validation.mode ?? (validation.optional === true ? "VerifyIfGiven" : "RequireAndVerify");
  const verified = mode === "VerifyIfGiven" || mode === "RequireAndVerify";
  const entries = entryMistakes(validation);
  // Entries that Envoy would refuse the listener for are left out of it; it is closed anyway.
  const names = entries.length > 0 ? [] : readNames(validation.subjectAltNames);
  const named = caCertificateRefs.length > 0;
  // A listener that names a secret which does not come would not open, and one that is open would not change.
  const trusted = bundle?.usable === true;
  const trust: ClientTrust = {
    ...(trusted && { trust: { secret: bundle?.outside ?? `${policy}/ca.crt`, bundle: clientBundleKey(policy) } }),
    required: mode === "RequireAny" || mode === "RequireAndVerify",
    verified: verified && trusted,
    ...(allowExpiredCertificate === true && { expiredAllowed: true as const }),
    ...(certificateHashes.length > 0 && entries.length === 0 && { hashes: certificateHashes }),
    ...(spkiHashes.length > 0 && entries.length === 0 && { keyHashes: spkiHashes }),
    ...(names.length > 0 && { names }),
  };
  const missing = `${at}.caCertificateRefs: mode ${mode} needs CA certificates to check those of clients against; name some`;
  const useless = `${at}.crl: revocation lists need the CA certificates of those who issued them; name them in caCertificateRefs`;
  return {
    trust,
    mistakes: [
      ...(verified && !named ? [missing] : []),
      ...(crl !== undefined && !named && !verified ? [useless] : []),
      ...(bundle?.mistakes ?? (named ? [`${at}.caCertificateRefs cannot be followed`] : [])),
      ...entries,
    ],
  };
}

type NamesField = ClientValidationField["subjectAltNames"];

/** What Envoy would refuse a listener for. */
function entryMistakes({
  certificateHashes = [],
  spkiHashes = [],
  subjectAltNames = {},
}: ClientValidationField): readonly string[] {
  const { dnsNames = [], emailAddresses = [], ipAddresses = [], uris = [], otherNames = [] } = subjectAltNames;
  const unfit = (entries: readonly string[], isFit: (entry: string) => boolean, path: string, what: string) =>
    entries.flatMap((entry, index) => (isFit(entry) ? [] : [`${at}.${path.replace("#", String(index))}: "${entry}" is ${what}`]));
  const names = Object.entries({ dnsNames, emailAddresses, ipAddresses, uris, otherNames });
  return [
    ...unfit(certificateHashes, isHash, "certificateHashes[#]", "no SHA-256 digest in 64 hexadecimal digits"),
    ...unfit(spkiHashes, isKeyHash, "spkiHashes[#]", "no SHA-256 digest in base64"),
    ...unfit(
      otherNames.map(({ oid }) => oid),
      (oid) => /^[0-2](\.\d+)+$/.test(oid),
      "subjectAltNames.otherNames[#].oid",
      "no object identifier; write it in numbers like 1.2.3",
    ),
    ...names.flatMap(([list, entries]) => regexMistakes(entries, `${at}.subjectAltNames.${list}`)),
  ];
}

function isHash(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text.replaceAll(":", ""));
}

function isKeyHash(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text);
}

function readNames(fields: NamesField = {}): readonly ClientName[] {
  const { dnsNames = [], emailAddresses = [], ipAddresses = [], uris = [], otherNames = [] } = fields;
  const named = (type: ClientName["type"], matches: readonly StringMatchField[]) =>
    matches.map((match): ClientName => ({ type, match: readStringMatch(match) }));
  return [
    ...named("DNS", dnsNames),
    ...named("EMAIL", emailAddresses),
    ...named("IP_ADDRESS", ipAddresses),
    ...named("URI", uris),
    ...otherNames.map((name): ClientName => ({ type: "OTHER_NAME", match: readStringMatch(name), oid: name.oid })),
  ];
}
