import type { Feature } from "../../features/feature.ts";
import { noParts, type Parts } from "../../ir/slot.ts";

const nothing: readonly Feature[] = [];

/** The features that have a part among `parts`, in their order. Most pieces have none, and are many. */
export function usedFeatures(parts: Parts, features: readonly Feature[]): readonly Feature[] {
  return parts === noParts ? nothing : features.filter(({ name }) => parts[name] !== undefined);
}
