import { hash } from "node:crypto";
import { digestOfDigests } from "../codec/digest.ts";
import { concat } from "../codec/splice.ts";
import type { NeededFilter, ResourceReference } from "../resource.ts";

/** A virtual host, as an element of its table. */
export interface SegmentMember {
  /** The encoded field in pieces, those of its routes among them. */
  readonly chunks: readonly Uint8Array[];
  /** Digest of the content. */
  readonly version: string;
  /** Whether a segment ends after it: a function of its hostname. */
  readonly endsSegment: boolean;
  /** The clusters that its routes name, each once. */
  readonly references: readonly ResourceReference[];
  /** The HTTP filters that its routes need on their listener. */
  readonly filters?: readonly NeededFilter[];
}

/** Virtual hosts that stand one after another in a table, joined. */
export interface TableSegment {
  readonly bytes: Uint8Array;
  /** Digest of the content. */
  readonly version: string;
  /** Whether one of its routes names the cluster. */
  names(cluster: string): boolean;
  /** The HTTP filters that its routes need; one may come several times. */
  readonly filters: readonly NeededFilter[];
}

/** Some virtual hosts, joined. The names are gathered when somebody asks. */
class Segment implements TableSegment {
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly hosts: readonly SegmentMember[];
  readonly filters: readonly NeededFilter[];
  #clusters: ReadonlySet<string> | undefined;

  constructor(hosts: readonly SegmentMember[]) {
    this.hosts = hosts;
    this.bytes = concat(hosts.flatMap(({ chunks }) => chunks));
    this.version = digestOfDigests(hosts.map(({ version }) => version));
    this.filters = hosts.flatMap(({ filters = [] }) => filters);
  }

  names(cluster: string): boolean {
    this.#clusters ??= new Set(this.hosts.flatMap(({ references }) => references.map(({ name }) => name)));
    return this.#clusters.has(cluster);
  }
}

/** What was joined last, by the first host of each segment. */
const joined = new WeakMap<SegmentMember, Segment>();

/**
 * Cuts the virtual hosts of a table, which stand in their order, into segments of some 60 hosts, so that a changed host costs one
 * segment and not the table. Where segments end depends on the hosts' own names, never on what was there before: equal hosts give
 * equal segments. A segment that is as it was is not joined again.
 */
export function* segmentsOf(hosts: readonly SegmentMember[]): Generator<TableSegment> {
  let start = 0;
  for (let end = 1; end <= hosts.length; end++) {
    if (end < hosts.length && hosts[end - 1]?.endsSegment === false) continue;
    const first = hosts[start];
    if (first !== undefined) yield segment(first, hosts, start, end);
    start = end;
  }
}

/** Whether a segment ends after the virtual host of that name: one of 64 does. */
export function endsSegment(hostname: string): boolean {
  return Number.parseInt(hash("sha1", hostname).slice(0, 2), 16) % 64 === 0;
}

function segment(first: SegmentMember, hosts: readonly SegmentMember[], start: number, end: number): TableSegment {
  const before = joined.get(first);
  if (before !== undefined && isSlice(before.hosts, hosts, start, end)) return before;
  const made = new Segment(hosts.slice(start, end));
  joined.set(first, made);
  return made;
}

function isSlice(slice: readonly unknown[], of: readonly unknown[], start: number, end: number): boolean {
  if (slice.length !== end - start) return false;
  for (let at = start; at < end; at++) if (slice[at - start] !== of[at]) return false;
  return true;
}
