import { slot } from "./slot.ts";

/** Set on rules whose requests go to the host that each request names. The name is that of the feature. */
export const dynamicResolverSlot = slot<true>("dynamic-resolver");
