import type { Collection, Graph, Key } from "../graph/index.ts";
import type { ScopeKey } from "../ir/reference.ts";
import type { Logger } from "../log/logger.ts";
import { takeTurns } from "../provider/file/turns.ts";
import { isXdsType, type XdsResource } from "../xds/resource.ts";
import type { ResourceChange, XdsStore } from "../xds/server/store.ts";

/** Called when a version is in the store: the scopes that it changed, and how long that took. */
export type VersionListener = (scopes: ReadonlySet<ScopeKey>, milliseconds: number) => void;

/** So many keys are told of one version at most. */
const most = 20;

/** Where versions go, and who is told of them. */
export interface FeedTargets {
  readonly store: XdsStore;
  readonly log: Logger;
  readonly onVersion: VersionListener;
}

/**
 * Keeps the store of the xDS server equal to the resources of the graph; each batch is one version. Resolves, when the store holds
 * all that there is, with a function that ends it. Nobody is to read the store before.
 */
export async function feedXdsStore(
  graph: Graph,
  resources: Collection<XdsResource>,
  { store, log, onVersion }: FeedTargets,
): Promise<() => void> {
  const filled = await fill(store, resources);
  // What went away meanwhile, nobody is told of.
  store.apply(filled.filter((key) => !resources.has(key)).map((key) => changeOf(key, undefined)));
  return graph.subscribe(resources, ({ updates, version }) => {
    const began = performance.now();
    const changes = Array.from(updates, ([key, resource]) => changeOf(key, resource));
    store.apply(changes);
    if (log.enabled("debug"))
      log.debug("resources changed", { version, keys: [...updates.keys()].slice(0, most), changed: updates.size });
    onVersion(new Set(changes.map(({ scope }) => scope)), performance.now() - began);
  });
}

/** A slice at a time: to put in thousands at once would hold up all else. Returns the keys of what it put in. */
async function fill(store: XdsStore, resources: Collection<XdsResource>): Promise<readonly Key[]> {
  const turns = takeTurns();
  const filled: Key[] = [];
  for (const [key, resource] of resources.entries()) {
    store.apply([changeOf(key, resource)]);
    filled.push(key);
    if (turns.due()) await turns.next();
  }
  return filled;
}

/** Keys are `scope|type|name`; only a name may hold a bar. */
function changeOf(key: Key, resource: XdsResource | undefined): ResourceChange {
  if (resource !== undefined) return { scope: resource.scope, type: resource.type, name: resource.name, resource };
  const [scope = "", type = "", ...name] = key.split("|");
  if (!isXdsType(type)) throw new Error(`not the key of an xDS resource: ${key}`);
  return { scope, type, name: name.join("|"), resource };
}
