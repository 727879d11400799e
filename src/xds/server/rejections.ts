/** Finds out which resources of a refused response the client refused. */

/** Who is to blame for a refusal. The others are innocent, though in doubt the client took none of them. */
export interface Verdict {
  /** Refused for certain. */
  readonly guilty: readonly string[];
  /** Groups of which at least one holds a refused resource: to be sent one after the other. */
  readonly suspects: readonly (readonly string[])[];
}

/**
 * Judges by Envoy's words: `Error adding/updating cluster(s) NAME: reason, NAME: reason` names the guilty ones. Other messages may
 * mention a name in passing, so those are only tried first; a message without any name is answered by halving.
 * @param names the resources that the refused response carried
 */
export function judge(message: string, names: readonly string[]): Verdict {
  if (names.length <= 1) return { guilty: names, suspects: [] };
  const guilty = accused(message, names);
  if (guilty.size > 0) return { guilty: [...guilty], suspects: [] };
  const mentioned = names.filter((name) => mentions(message, name));
  const others = names.filter((name) => !mentioned.includes(name));
  const suspects = mentioned.length > 0 && others.length > 0 ? [mentioned, others] : halve(names);
  return { guilty: [], suspects };
}

/** The names that stand where Envoy puts the resource's name: before a colon, after the preamble, a comma or a line break. */
function accused(message: string, names: readonly string[]): Set<string> {
  if (!message.startsWith("Error adding/updating ")) return new Set();
  const found = new Set<string>();
  for (const name of names) {
    const at = `${name}: `;
    if (["(s) ", ", ", "\n"].some((before) => message.includes(before + at))) found.add(name);
  }
  return found;
}

/** Whether the name stands in the message as a whole word. */
function mentions(message: string, name: string): boolean {
  const partOfName = /[\w/.-]/;
  for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + 1)) {
    const before = message.charAt(at - 1);
    const after = message.slice(at + name.length, at + name.length + 2);
    const endsHere = !partOfName.test(after.charAt(0)) || /^\.(\s|$)/.test(after);
    if (!partOfName.test(before) && endsHere) return true;
  }
  return false;
}

function halve(names: readonly string[]): string[][] {
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle), names.slice(middle)];
}
