const nothing: Readonly<Record<string, undefined>> = Object.freeze(Object.create(null));

/**
 * The text itself, of which there is one copy in memory from now on, by itself and in one piece, however often it is put together:
 * keys are made by joining strings, anew in every computation, and each stands in many maps. V8 interns a string when it is looked up
 * as the name of a property, and lets go of it when nobody has it any more, which a table of our own would not.
 */
export function interned(text: string): string {
  return nothing[text] ?? text;
}
