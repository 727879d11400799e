import { AggregateNode } from "./aggregate.ts";
import type { Key } from "./collection.ts";
import type { Target } from "./dependencies.ts";
import { DerivedNode } from "./derived.ts";
import { GroupNode } from "./group.ts";
import type { Counters, Node, NodeKind } from "./node.ts";
import { Outside } from "./outside.ts";
import { UnionNode } from "./union.ts";

/** Something that was read: an entry, the entries under a key of an index, or (without a key) everything. */
export interface Read {
  readonly collection: string;
  readonly index?: string;
  readonly key?: Key;
}

/** An entry of a collection. */
export interface EntryRef {
  readonly collection: string;
  readonly key: Key;
}

/** What an entry was made from. */
export interface Explanation extends EntryRef {
  readonly kind: NodeKind;
  /** Whether the entry is there; an input without output and a failing input are explained too. */
  readonly present: boolean;
  /** The entries that it was made from: an item, the members of a group, the part of a union. */
  readonly inputs: readonly EntryRef[];
  /** What its computation read besides. */
  readonly reads: readonly Read[];
  /** All entries that the same computation made. */
  readonly made: readonly Key[];
  /** What made the computation run the last time, and in which version. Absent for computations that read only their input. */
  readonly because?: Read & { readonly version: number };
  readonly error?: string;
}

/** A collection in a description. */
export interface DescribedNode extends Readonly<Counters> {
  readonly name: string;
  readonly kind: NodeKind;
  readonly size: number;
  readonly indexes: readonly string[];
}

/** Where data goes. `via` is undefined from the collection that another is made from, and tells how computations read otherwise. */
export interface DescribedEdge {
  readonly from: string;
  readonly to: string;
  readonly via?: "entry" | "all" | `index ${string}`;
}

/** The whole graph, in the order of settling. */
export interface GraphDescription {
  readonly version: number;
  readonly nodes: readonly DescribedNode[];
  readonly edges: readonly DescribedEdge[];
}

/** Explains the entry `key`, or, where there is no such entry, the input `key`. */
export function explainEntry(node: Node<unknown>, key: Key): Explanation | undefined {
  const present = node.items.has(key);
  const base = { collection: node.name, kind: node.kind, key, present, reads: [], made: present ? [key] : [] };
  if (node instanceof DerivedNode) return explainDerived(node, key);
  if (!present) return undefined;
  if (node instanceof GroupNode || node instanceof AggregateNode) {
    const { collection } = node.index;
    return { ...base, inputs: node.index.memberKeys(key).map((member) => ({ collection: collection.name, key: member })) };
  }
  if (node instanceof UnionNode) {
    const part = node.partOf(key);
    return { ...base, inputs: part === undefined ? [] : [{ collection: part.name, key }] };
  }
  if (node instanceof Outside) return { ...base, inputs: node.parents().map((from) => ({ collection: from.name, key })) };
  return { ...base, inputs: [] };
}

function explainDerived(node: DerivedNode<unknown, unknown, unknown>, key: Key): Explanation | undefined {
  const input = node.inputOf(key) ?? key;
  if (!node.from.items.has(input)) return undefined;
  const cause = node.dependencies.causeOf(input);
  const error = node.errorOf(input);
  return {
    collection: node.name,
    kind: node.kind,
    key,
    present: node.items.has(key),
    inputs: [{ collection: node.from.name, key: input }],
    reads: node.dependencies.readsOf(input).map(({ target, key: read }) => readOf(target, read)),
    made: node.outputsOf(input),
    ...(cause && { because: { ...causeRead(node, cause.target, cause.key), version: cause.version } }),
    ...(error && { error: error.message }),
  };
}

function causeRead(node: DerivedNode<unknown, unknown, unknown>, target: Target | undefined, key: Key): Read {
  return target === undefined ? { collection: node.from.name, key } : readOf(target, key);
}

function readOf(target: Target, key: Key): Read {
  const collection = target.node.name;
  if (target.kind === "all") return { collection };
  return target.index === undefined ? { collection, key } : { collection, index: target.index.name, key };
}

/** Describes nodes, which are in the order of settling. */
export function describeGraph(nodes: readonly Node<unknown>[], version: number): GraphDescription {
  return {
    version,
    nodes: nodes.map((node) => ({
      name: node.name,
      kind: node.kind,
      size: node.items.size,
      indexes: node.observers.map((index) => index.name),
      ...node.counters,
    })),
    edges: nodes.flatMap(edgesInto),
  };
}

function edgesInto(node: Node<unknown>): DescribedEdge[] {
  const made = node.parents().map((parent): DescribedEdge => ({ from: parent.name, to: node.name }));
  if (!(node instanceof DerivedNode)) return made;
  const read = node.dependencies.targets.map(
    (target): DescribedEdge => ({
      from: target.node.name,
      to: node.name,
      via: target.index ? `index ${target.index.name}` : wayOf(target),
    }),
  );
  return [...made, ...read];
}

function wayOf(target: Target): "entry" | "all" {
  return target.kind === "all" ? "all" : "entry";
}

/** Draws a description as a Mermaid flowchart: solid arrows for what is made from what, dotted ones for what is read besides. */
export function toMermaid(description: GraphDescription): string {
  const ids = new Map(description.nodes.map((node, number) => [node.name, `n${number}`]));
  const shapes = { source: ["([", "])"], outside: ["[[", "]]"], failures: ["{{", "}}"] } as const;
  const lines = description.nodes.map((node) => {
    const [open, close] =
      node.kind === "source" || node.kind === "outside" || node.kind === "failures" ? shapes[node.kind] : ["[", "]"];
    return `  ${ids.get(node.name)}${open}"${label(node.name)}<br/>${node.kind}, ${node.size}"${close}`;
  });
  const arrows = description.edges.map(({ from, to, via }) => {
    const arrow = via === undefined ? "-->" : `-. "${label(via)}" .->`;
    return `  ${ids.get(from)} ${arrow} ${ids.get(to)}`;
  });
  return ["flowchart LR", ...lines, ...arrows, ""].join("\n");
}

function label(text: string): string {
  return text.replaceAll('"', "#quot;");
}
