/** More than any sensible name or value; longer ones are mistakes that nobody wants to read in full. In characters. */
const longest = 1000;

/** A text of an error: as it is, or where a user's mistake made it very long, its beginning and end with what is left out between. */
export function abridged(text: string): string {
  if (text.length <= longest) return text;
  const half = longest / 2;
  return `${text.slice(0, half)} … (${text.length - longest} characters) … ${text.slice(-half)}`;
}
