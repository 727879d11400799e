import type { Destination } from "../ir/xds.ts";

/** A cluster wherever its rule is attached: what is missing depends on the fleet. */
export interface PlannedCluster extends Omit<Destination, "scope" | "ipFamily"> {
  /** Other routes of the fleet may use it, too. */
  readonly shared?: true;
}
