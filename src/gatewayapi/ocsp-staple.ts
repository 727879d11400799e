/** OCSP responses that are handed on to clients together with a certificate. Source: RFC 6960 section 4.2.1; X.690 (DER). */
import type { X509Certificate } from "node:crypto";

const derSequence = 0x30;
/** `responseStatus` of a response that says something: ENUMERATED, 1 octet, successful (0). */
const successful = Buffer.of(0x0a, 0x01, 0x00);
const derInteger = 0x02;

/**
 * Whether `response` (DER) looks like the answer of an OCSP server about `certificate`: one whole response, successful, with the serial
 * number of the certificate in it. Envoy refuses a certificate together with a response that is not.
 */
export function answersFor(response: Buffer, certificate: X509Certificate): boolean {
  const content = contentOf(response);
  return content?.subarray(0, successful.length).equals(successful) === true && content.includes(serialOf(certificate));
}

/** The content of a sequence that takes up all of `der`. */
function contentOf(der: Buffer): Buffer | undefined {
  const [tag, first = 0] = der;
  if (tag !== derSequence) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4 || der.length < 2 + octets) return undefined;
  const length = octets === 0 ? first : der.readUIntBE(2, octets);
  const content = der.subarray(2 + octets);
  return content.length === length ? content : undefined;
}

/** The serial number as it stands in DER: an integer of up to 20 octets, positive. */
function serialOf({ serialNumber }: X509Certificate): Buffer {
  const digits = Buffer.from(serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`, "hex");
  const positive = (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
  return Buffer.concat([Buffer.of(derInteger, positive.length), positive]);
}
