/** Certificate revocation lists, as far as they must be looked into. Source: RFC 5280 section 5.1; X.690 (DER); RFC 7468. */

const block = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g;

/** Why Envoy could not use a text as revocation lists at a moment (milliseconds since 1970), to be continued after its name. */
export function revocationMistake(text: string, moment: number): string | undefined {
  const lists = [...text.matchAll(block)].map(([, body = ""]) => Buffer.from(body, "base64"));
  if (lists.length === 0) return "holds no certificate revocation list in PEM";
  for (const [index, list] of lists.entries()) {
    const at = `${index + 1} of ${lists.length}`;
    const times = timesOf(list);
    if (times === undefined) return `holds a certificate revocation list that cannot be read: ${at}`;
    const { next } = times;
    if (next !== undefined && next < moment) {
      return `holds a certificate revocation list that expired at ${new Date(next).toISOString()}; renew it`;
    }
  }
  return undefined;
}

/** Tags of the elements that a list is made of. */
const sequence = 0x30;
const integer = 0x02;
const utcTime = 0x17;
const generalizedTime = 0x18;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** What follows it. */
  readonly rest: Buffer;
}

function readElement(der: Buffer): Element | undefined {
  const [tag, first] = der;
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4 || der.length < 2 + octets) return undefined;
  const length = octets === 0 ? first : der.readUIntBE(2, octets);
  const start = 2 + octets;
  if (der.length < start + length) return undefined;
  return { tag, content: der.subarray(start, start + length), rest: der.subarray(start + length) };
}

/** When a list was to be replaced, where it says so; undefined where `der` is no list that Envoy reads. */
function timesOf(der: Buffer): { readonly next?: number } | undefined {
  const list = expect(der, sequence);
  const signed = list && expect(list.content, sequence);
  const first = signed && readElement(signed.content);
  const algorithm = first?.tag === integer ? expect(first.rest, sequence) : first;
  const issuer = algorithm && expect(algorithm.rest, sequence);
  const made = issuer && readElement(issuer.rest);
  if (list === undefined || list.rest.length > 0 || made === undefined || timeOf(made) === undefined) return undefined;
  const signedBy = signed && expect(signed.rest, sequence);
  if (algorithm === undefined || signedBy === undefined || !algorithm.content.equals(signedBy.content)) return undefined;
  const next = readElement(made.rest);
  const time = next && timeOf(next);
  const entries = expect(time === undefined ? made.rest : (next?.rest ?? made.rest), sequence);
  if (entries !== undefined && !elementsOf(entries.content)?.every(isEntry)) return undefined;
  return time === undefined ? {} : { next: time };
}

/** All elements in a row; undefined where something else is among them. */
function elementsOf(der: Buffer): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let rest = der; rest.length > 0; ) {
    const element = readElement(rest);
    if (element === undefined) return undefined;
    found.push(element);
    rest = element.rest;
  }
  return found;
}

/** Whether an element tells of a revoked certificate: its number, when, and extensions, of which there is one at least if any. */
function isEntry({ tag, content }: Element): boolean {
  const [number, when, extensions, ...others] = elementsOf(content) ?? [];
  if (tag !== sequence || number?.tag !== integer || when === undefined || timeOf(when) === undefined) return false;
  return others.length === 0 && (extensions === undefined || (extensions.tag === sequence && extensions.content.length > 0));
}

function expect(der: Buffer, tag: number): Element | undefined {
  const element = readElement(der);
  return element?.tag === tag ? element : undefined;
}

/** A time in milliseconds since 1970. Years of two digits are from 1950 to 2049 (RFC 5280 section 4.1.2.5.1). */
function timeOf({ tag, content }: Element): number | undefined {
  if (tag !== utcTime && tag !== generalizedTime) return undefined;
  const digits = content.toString("latin1");
  const whole = tag === generalizedTime ? digits : `${Number(digits.slice(0, 2)) < 50 ? "20" : "19"}${digits}`;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(whole);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
