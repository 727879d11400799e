/** The rights that the control plane needs for the objects that it reads, derived from its kinds. */
import type { Kind } from "../api/schema/kind.ts";

/** A rule of a Role or ClusterRole. */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * What reading the objects of kinds takes, and writing the status of those that are ours (`status` by server-side apply): one rule
 * each for an API group. Sorted, so that it depends on the set of kinds only.
 */
export function accessRules(kinds: readonly Kind[]): readonly AccessRule[] {
  const groups = [...new Set(kinds.map(({ group }) => group))].sort();
  return groups.flatMap((group) => {
    const members = kinds.filter((kind) => kind.group === group);
    const written = members.filter(({ custom, statusSubresource }) => custom && statusSubresource);
    return [
      { apiGroups: [group], resources: pluralsOf(members), verbs: ["get", "list", "watch"] },
      ...(written.length === 0
        ? []
        : [{ apiGroups: [group], resources: pluralsOf(written).map((plural) => `${plural}/status`), verbs: ["patch"] }]),
    ];
  });
}

function pluralsOf(kinds: readonly Kind[]): readonly string[] {
  return kinds.map(({ plural }) => plural).sort();
}
