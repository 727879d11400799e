/** The seed that properties are tried with when nobody says otherwise. */
const usualSeed = 1;

/**
 * The seed that is asked for.
 * @param wanted a whole number, "random", or nothing for the usual one
 * @throws RangeError for any other text
 */
export function propertySeed(wanted: string | undefined): number {
  if (wanted === undefined || wanted === "") return usualSeed;
  if (wanted === "random") return Date.now() % 2 ** 31;
  const seed = Number(wanted);
  if (!Number.isInteger(seed) || Math.abs(seed) >= 2 ** 31)
    throw new RangeError(`a seed is a whole number or "random", not ${wanted}`);
  return seed;
}
