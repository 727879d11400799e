export type { Summing } from "./aggregate.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { Changes, Collection, Context, Equals, Group, Index, Key, Source } from "./collection.ts";
export type { Derivation } from "./derived.ts";
export type { ManyDerivation } from "./derived-many.ts";
export { deepEqual, equalBytes } from "./equality.ts";
export {
  type DescribedEdge,
  type DescribedNode,
  type EntryRef,
  type Explanation,
  type GraphDescription,
  type Read,
  toMermaid,
} from "./explain.ts";
export { createGathering, type Gathering, type GatheringOptions, type SettledBatch } from "./gathering.ts";
export { createGraph, type EqualityOptions, Graph } from "./graph.ts";
export type { Extract } from "./index-lookup.ts";
export { interned } from "./interned.ts";
export { compareKeys } from "./key-order.ts";
export { type Counters, type DemandListener, type Failure, type NodeKind, ReadError } from "./node.ts";
export type { Outcome, Outside, OutsideOptions, Retry } from "./outside.ts";
export type { GraphOptions, Supply } from "./settling.ts";
export type { SlowSubscriber, Subscriber } from "./subscription.ts";
