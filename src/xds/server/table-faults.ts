/** What a client refuses in a RouteConfiguration. */
import { encode } from "../codec/encoder.ts";
import { concat, encodeField } from "../codec/splice.ts";
import type { Piece, VirtualHostPieces } from "../resource.ts";
import { type Fault, FaultSearch, type Trials } from "./fault-search.ts";

/** Number of `virtual_hosts` in envoy.config.route.v3.RouteConfiguration. */
const virtualHostsField = 2;

/**
 * Searches the virtual hosts of a refused table.
 * @param name of the RouteConfiguration
 * @param taken versions of pieces that the client took before: they are good
 */
export function* findTableFaults(
  name: string,
  refused: Iterable<VirtualHostPieces>,
  taken: ReadonlySet<string>,
): Trials<readonly Fault[]> {
  const search = new FaultSearch(new Uint8Array(), endOfTable(name));
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

/** A virtual host that no client takes, and the table's name. */
function endOfTable(name: string): Uint8Array {
  const twice = "end-of-trial.envoy-gateway.invalid";
  return encode("envoy.config.route.v3.RouteConfiguration", { name, virtualHosts: [{ name: twice, domains: [twice, twice] }] });
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
