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

/** So many resources go into the store at once when it is filled. */
const handful = 256;

/**
 * Keeps the store of the xDS server equal to the resources of the graph; each batch is one version. Resolves, when the store holds
 * all that there is, with a function that ends it. Nobody is to read the store before.
 */
export async function feedXdsStore(
  graph: Graph,
  resources: Collection<XdsResource>,
  { store, log, onVersion }: FeedTargets,
): Promise<() => void> {
  const began = performance.now();
  const end = graph.subscribeChanges(resources, ({ updates, version }) => {
    const began = performance.now();
    const changes = Array.from(updates, ([key, resource]) => changeOf(key, resource));
    store.apply(changes);
    if (log.enabled("debug"))
      log.debug("resources changed", { version, keys: [...updates.keys()].slice(0, most), changed: updates.size });
    onVersion(new Set(changes.map(({ scope }) => scope)), performance.now() - began);
  });
  onVersion(await fill(store, resources), performance.now() - began);
  return end;
}

/** Some at a time: to put in thousands at once would hold up all else. Returns the scopes of what it put in. */
async function fill(store: XdsStore, resources: Collection<XdsResource>): Promise<ReadonlySet<ScopeKey>> {
  const turns = takeTurns();
  const scopes = new Set<ScopeKey>();
  const keys = [...resources.keys()];
  while (keys.length > 0) {
    // What is gone meanwhile is not there any more.
    const changes = keys.splice(0, handful).flatMap((key) => {
      const resource = resources.get(key);
      return resource === undefined ? [] : [changeOf(key, resource)];
    });
    store.apply(changes);
    for (const { scope } of changes) scopes.add(scope);
    if (turns.due()) await turns.next();
  }
  return scopes;
}

/** Keys are `scope|type|name`; only a name may hold a bar. */
function changeOf(key: Key, resource: XdsResource | undefined): ResourceChange {
  if (resource !== undefined) return { scope: resource.scope, type: resource.type, name: resource.name, resource };
  const [scope = "", type = "", ...name] = key.split("|");
  if (!isXdsType(type)) throw new Error(`not the key of an xDS resource: ${key}`);
  return { scope, type, name: name.join("|"), resource };
}
