/** The search for faults in xDS streams. */
import fc from "fast-check";
import { safetyProperties } from "../xds/safety-properties.ts";

/** What to play. */
export interface StreamSearch {
  /** How many histories for each property. */
  readonly streams: number;
  readonly seed: number;
  /** Only this history of `property`. */
  readonly path: string | undefined;
  /** Only this property, by variant and number. */
  readonly property: string | undefined;
}

/** Plays histories, tells what it finds, and returns the number of properties that do not hold. */
export function searchStreams({ streams, seed, path, property: only }: StreamSearch): number {
  let faults = 0;
  for (const variant of ["delta", "sotw"] as const) {
    for (const [at, { name, property }] of safetyProperties(variant).entries()) {
      const label = `${variant} ${at + 1}`;
      if (streams === 0 || (only !== undefined && only !== label)) continue;
      const details = fc.check(property, { numRuns: streams, seed, ...(path !== undefined && { path }) });
      console.log(`${label}, ${details.numRuns} histories: ${name}: ${details.failed ? "does not hold" : "holds"}`);
      if (!details.failed) continue;
      faults++;
      console.error(fc.defaultReportMessage(details));
      console.error(details.errorInstance);
      console.error(`again: npm run fuzz -- --property "${label}" --seed ${seed} --path ${details.counterexamplePath}`);
    }
  }
  return faults;
}
