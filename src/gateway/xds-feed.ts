import type { Collection, Graph, Key } from "../graph/index.ts";
import { typeUrls, type XdsResource, type XdsType } from "../xds/resource.ts";
import type { ResourceChange, XdsStore } from "../xds/server/store.ts";

/** Keeps the store of the xDS server equal to the resources of the graph; each batch is one version. Returns a function that ends it. */
export function feedXdsStore(graph: Graph, resources: Collection<XdsResource>, store: XdsStore): () => void {
  return graph.subscribe(resources, ({ updates }) =>
    store.apply(Array.from(updates, ([key, resource]) => changeOf(key, resource))),
  );
}

/** Keys are `scope|type|name`; only a name may hold a bar. */
function changeOf(key: Key, resource: XdsResource | undefined): ResourceChange {
  if (resource !== undefined) return { scope: resource.scope, type: resource.type, name: resource.name, resource };
  const [scope = "", type = "", ...name] = key.split("|");
  if (!isXdsType(type)) throw new Error(`not the key of an xDS resource: ${key}`);
  return { scope, type, name: name.join("|"), resource };
}

function isXdsType(type: string): type is XdsType {
  return Object.hasOwn(typeUrls, type);
}
