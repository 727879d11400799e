/**
 * Loaded before all tests: properties (fast-check) are tried with the same values in every run, unless PROPERTY_SEED says otherwise:
 * a whole number, or "random".
 */
import fc from "fast-check";
import { propertySeed } from "../scripts/property-seed.ts";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: propertySeed(process.env.PROPERTY_SEED) });
