/** Names, some of them wildcards, that stand for the same host. */
import type { Collection, Context, Graph, Group, Index, Key } from "../graph/index.ts";

/** Something with names. Key: its own. */
export interface Named {
  /** Only names of one space can overlap. */
  readonly space: string;
  readonly names: readonly string[];
}

/** The first overlap that was found of something: one of its names with one of another's. */
export interface Overlap {
  readonly name: string;
  readonly other: Key;
  readonly otherName: string;
}

/** The names that cover a name, itself among them. */
type Covering = (name: string) => readonly string[];

/** A name that something has. */
interface Holder {
  readonly key: Key;
  readonly space: string;
  readonly name: string;
}

/** The first that holds a name, and the first other one: enough for everybody to find another than himself. */
interface Witnesses {
  readonly first: Holder;
  readonly second?: Holder;
}

/**
 * Derives the first overlap of each of `all` with another; those without have no entry. A change costs the names that it touches, and
 * reaches others only where it changes whom they overlap with first.
 * @param what they are called in the descriptions of the graph
 */
export function deriveNameOverlaps(graph: Graph, what: string, all: Collection<Named>, covering: Covering): Collection<Overlap> {
  // Keys follow the order of the holders, and then that of their names.
  const holders = graph.deriveMany(`names of ${what}`, all, (_context, { space, names }, key) =>
    names.map((name, i): readonly [Key, Holder] => [`${key} ${String(i).padStart(6, "0")}`, { key, space, name }]),
  );
  const equal = deriveWitnesses(
    graph,
    `holders of ${what}`,
    graph.index(`name of ${what}`, holders, ({ space, name }) => [at(space, name)]),
  );
  const below = deriveWitnesses(
    graph,
    `holders below ${what}`,
    graph.index(`cover of ${what}`, holders, ({ space, name }) => covering(name).map((cover) => at(space, cover))),
  );
  return graph.derive(`overlaps of ${what}`, all, (context, { space, names }, key) => {
    for (const name of names) {
      const other =
        firstOther(context, below, at(space, name), key) ??
        firstOf(covering(name), (cover) => firstOther(context, equal, at(space, cover), key));
      if (other !== undefined) return { name, other: other.key, otherName: other.name };
    }
    return undefined;
  });
}

function at(space: string, name: string): Key {
  return `${space}|${name}`;
}

function deriveWitnesses(graph: Graph, name: string, holders: Index<Holder>): Collection<Witnesses> {
  return graph.derive(`first ${name}`, graph.group(name, holders), (_context, group) => witnessesOf(group));
}

function witnessesOf({ members }: Group<Holder>): Witnesses | undefined {
  const [first] = members;
  const second = members.find(({ key }) => key !== first?.key);
  return first && { first, ...(second && { second }) };
}

function firstOther(context: Context, witnesses: Collection<Witnesses>, name: Key, self: Key): Holder | undefined {
  const { first, second } = context.get(witnesses, name) ?? {};
  return first?.key === self ? second : first;
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
