/** What filters of a backendRef ask of the backendRef's cluster. */
import { type Parts, slot } from "./slot.ts";

/** Among the parts of a backendRef: those of its cluster, which then serves nothing else. */
export const clusterPartsSlot = slot<Parts>("cluster");
