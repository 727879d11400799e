import type { Destination } from "../ir/xds.ts";

/** A cluster wherever its rule is attached: what is missing depends on the fleet. */
export type PlannedCluster = Omit<Destination, "scope" | "ipFamily">;
