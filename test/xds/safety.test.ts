import { describe, it } from "node:test";
import fc from "fast-check";
import { safetyProperties } from "./safety-properties.ts";

for (const variant of ["delta", "sotw"] as const) {
  describe(`safety of ${variant}`, () => {
    for (const { name, property, runs } of safetyProperties(variant)) it(name, () => fc.assert(property, { numRuns: runs }));
  });
}
