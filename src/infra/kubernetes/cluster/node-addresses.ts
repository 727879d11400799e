import { isObject } from "../../../api/json-object.ts";
import { resourcePath } from "../../../kubernetes/resource-path.ts";
import type { FollowCollection } from "./followed-collection.ts";

/** The addresses of a cluster's nodes. */
export interface NodeAddresses {
  /** One or more for each node, in order: those for the outside world, or else those inside. The first call begins to follow the nodes. */
  all(): readonly string[];
  stop(): void;
}

/** Follows the nodes from the first question on. `changed` is called whenever their addresses are others. */
export function followNodes(follow: FollowCollection, changed: () => void): NodeAddresses {
  const byNode = new Map<string, readonly string[]>();
  let stop: (() => void) | undefined;
  const apply = (key: string, node: unknown): boolean => {
    const addresses = addressesOf(node);
    if (String(byNode.get(key) ?? "") === String(addresses)) return false;
    if (addresses.length === 0) byNode.delete(key);
    else byNode.set(key, addresses);
    return true;
  };
  return {
    all() {
      stop ??= follow(
        { path: resourcePath({ group: "", version: "v1", plural: "nodes" }) },
        {
          apply(changes) {
            if (changes.filter(({ key, object }) => apply(key, object)).length > 0) changed();
          },
          synced() {},
        },
      );
      return [...byNode.values()].flat().sort();
    },
    stop: () => stop?.(),
  };
}

function addressesOf(node: unknown): readonly string[] {
  const status = isObject(node) && isObject(node.status) ? node.status : {};
  const addresses = Array.isArray(status.addresses) ? status.addresses.filter(isObject) : [];
  const ofType = (wanted: string) =>
    addresses.flatMap(({ type, address }) => (type === wanted && typeof address === "string" ? [address] : []));
  const external = ofType("ExternalIP");
  return external.length > 0 ? external : ofType("InternalIP");
}
