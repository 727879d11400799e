/**
 * Finds what a client refuses in a RouteConfiguration, by asking it. Envoy reads the virtual hosts of a table in their order and
 * refuses the table with what it says of the first mistake. So a table of suspects that ends with a mistake of ours is never taken,
 * whatever it holds, and the requests of others see nothing of it; the answer tells whether a mistake came before ours.
 */
import { encode } from "../codec/encoder.ts";
import { concat, encodeField } from "../codec/splice.ts";
import type { Piece, VirtualHostPieces } from "../resource.ts";

/** A piece that the client refuses. */
export interface Fault {
  /** That of the piece. */
  readonly version: string;
  /** What the client says of it. */
  readonly message: string;
}

/** Gives tables to try, takes what the client says of each, and ends with what it found. */
type Trials<T> = Generator<Uint8Array, T, string>;

/** The most tables that one search tries. What it has not found by then is found after the next refusal. */
const mostTrials = 2000;

/** Number of `virtual_hosts` in envoy.config.route.v3.RouteConfiguration. */
const virtualHostsField = 2;

/**
 * Searches the virtual hosts of a refused table, by halving.
 * @param name of the RouteConfiguration
 * @param taken versions of pieces that the client took before: they are good
 */
export function* findFaults(
  name: string,
  refused: Iterable<VirtualHostPieces>,
  taken: ReadonlySet<string>,
): Trials<readonly Fault[]> {
  const search = new Search(name);
  yield* search.learn();
  const isNew = ({ version }: Piece) => !taken.has(version);
  const hosts = [...refused];
  const heads = hosts.map(({ head }) => head).filter(isNew);
  const badHeads = yield* search.guilty(heads, (some) => concat(some.map((head) => encodeHost(head, []))));
  const unusable = new Set(badHeads.map(({ item }) => item));
  const routes = hosts
    .filter(({ head }) => !unusable.has(head))
    .flatMap(({ head, routes }) => routes.filter(isNew).map((route) => ({ head, route })));
  const badRoutes = yield* search.guilty(routes, encodeTogether);
  return [
    ...badHeads.map(({ item, message }) => ({ version: item.version, message })),
    ...badRoutes.map(({ item, message }) => ({ version: item.route.version, message })),
  ];
}

/** One search: what it knows of the client, and how much it has asked. */
class Search {
  /** A virtual host that no client takes, and the table's name. */
  readonly #end: Uint8Array;
  /** What the client says when nothing but the end is wrong. */
  #nothingWrong = "";
  #left = mostTrials;

  constructor(name: string) {
    const twice = "end-of-trial.envoy-gateway.invalid";
    const virtualHosts = [{ name: twice, domains: [twice, twice] }];
    this.#end = encode("envoy.config.route.v3.RouteConfiguration", { name, virtualHosts });
  }

  *learn(): Trials<void> {
    this.#nothingWrong = yield this.#end;
  }

  /** The items that the client refuses; `render` makes virtual hosts of some of them. `known` is what it says of them all. */
  *guilty<T>(
    items: readonly T[],
    render: (items: readonly T[]) => Uint8Array,
    known?: string,
  ): Trials<{ readonly item: T; readonly message: string }[]> {
    const [first] = items;
    if (first === undefined) return [];
    const message = known !== undefined && items.length > 1 ? known : yield* this.#ask(render(items));
    if (message === this.#nothingWrong) return [];
    if (items.length === 1) return [{ item: first, message }];
    const middle = Math.ceil(items.length / 2);
    const found = yield* this.guilty(items.slice(0, middle), render);
    // Nothing in the first half: then that was said of the second.
    const ofSecond = found.length === 0 ? message : undefined;
    return found.concat(yield* this.guilty(items.slice(middle), render, ofSecond));
  }

  *#ask(virtualHosts: Uint8Array): Trials<string> {
    if (this.#left === 0) return this.#nothingWrong;
    this.#left--;
    return yield concat([virtualHosts, this.#end]);
  }
}

/** A route in its virtual host. */
interface PlacedRoute {
  readonly head: Piece;
  readonly route: Piece;
}

/** Virtual hosts with these routes, of which those of one host stand together. */
function encodeTogether(routes: readonly PlacedRoute[]): Uint8Array {
  const byHead = Map.groupBy(routes, ({ head }) => head);
  return concat(
    Array.from(byHead, ([head, members]) =>
      encodeHost(
        head,
        members.map(({ route }) => route),
      ),
    ),
  );
}

function encodeHost(head: Piece, routes: readonly Piece[]): Uint8Array {
  return encodeField(virtualHostsField, concat([head.bytes, ...routes.map(({ bytes }) => bytes)]));
}
