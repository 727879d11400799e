import { slot } from "./slot.ts";

/** Set on rules whose requests, or copies of them, go to the host that each request names. The name is that of the feature. */
export const dynamicResolverSlot = slot<true>("dynamic-resolver");
