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
  /** Set where one of its routes has a long answer; see EncodedRoute. */
  readonly longAnswer?: true;
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
  /** Whether one of its routes has a long answer. */
  readonly longAnswer: boolean;
}

/** Some virtual hosts, joined. The names are gathered when somebody asks. */
class Segment implements TableSegment {
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly hosts: readonly SegmentMember[];
  readonly filters: readonly NeededFilter[];
  readonly longAnswer: boolean;
  #clusters: ReadonlySet<string> | undefined;

  constructor(hosts: readonly SegmentMember[]) {
    this.hosts = hosts;
    this.bytes = concat(hosts.flatMap(({ chunks }) => chunks));
    this.version = digestOfDigests(hosts.map(({ version }) => version));
    this.filters = hosts.flatMap(({ filters = [] }) => filters);
    this.longAnswer = hosts.some(({ longAnswer }) => longAnswer);
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
 * equal segments. A segment that is as it was is not joined again, and its hosts are not looked into.
 */
export function* segmentsOf(hosts: readonly SegmentMember[]): Generator<TableSegment> {
  for (let start = 0; start < hosts.length; ) {
    const segment = segmentAt(hosts, start);
    yield segment;
    start += segment.hosts.length;
  }
}

/** Whether a segment ends after the virtual host of that name: one of 64 does. */
export function endsSegment(hostname: string): boolean {
  return Number.parseInt(hash("sha1", hostname).slice(0, 2), 16) % 64 === 0;
}

function segmentAt(hosts: readonly SegmentMember[], start: number): Segment {
  const first = hosts[start];
  const before = first && joined.get(first);
  if (before !== undefined && isThere(before.hosts, hosts, start)) return before;
  let end = start + 1;
  while (end < hosts.length && hosts[end - 1]?.endsSegment === false) end++;
  const made = new Segment(hosts.slice(start, end));
  if (first !== undefined) joined.set(first, made);
  return made;
}

/** Whether a segment of these is at `start`: all of them, and nothing that belongs to it after them. */
function isThere(slice: readonly SegmentMember[], hosts: readonly SegmentMember[], start: number): boolean {
  for (let at = 0; at < slice.length; at++) if (slice[at] !== hosts[start + at]) return false;
  return start + slice.length === hosts.length || slice.at(-1)?.endsSegment === true;
}
