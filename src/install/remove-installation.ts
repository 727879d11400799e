/** Takes an installation out of a cluster. */
import { type ApiClient, isMissing } from "../kubernetes/api-client.ts";
import { resourcePath } from "../kubernetes/resource-path.ts";
import type { Release } from "./chart.ts";
import {
  collectionOf,
  deleteObject,
  describeObject,
  findObject,
  type ObjectName,
  type Patience,
  type StoredObject,
  waitFor,
} from "./cluster-objects.ts";
import { definitions, releaseNamespace } from "./installation.ts";

/** API group and version, and kinds of the objects that an installation may have, in the order in which they go. */
const kinds: readonly (readonly [string, readonly string[]])[] = [
  ["admissionregistration.k8s.io/v1", ["MutatingWebhookConfiguration"]],
  ["admissionregistration.k8s.io/v1", ["ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"]],
  ["autoscaling/v2", ["HorizontalPodAutoscaler"]],
  ["policy/v1", ["PodDisruptionBudget"]],
  ["apps/v1", ["Deployment"]],
  ["batch/v1", ["Job"]],
  ["v1", ["Service", "ConfigMap"]],
  ["rbac.authorization.k8s.io/v1", ["RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole"]],
  ["v1", ["ServiceAccount"]],
];

/** The objects of a release that are in a cluster, whatever values they were made with; not the definitions. */
export async function findInstallation(client: ApiClient, release: Release): Promise<readonly ObjectName[]> {
  const found: ObjectName[] = [];
  for (const [apiVersion, names] of kinds) {
    for (const kind of names) {
      const all = await list(client, apiVersion, kind, `app.kubernetes.io/instance=${release.name}`);
      found.push(...all.filter((object) => isOf(object, release)));
    }
  }
  return found;
}

/** The definitions of our kinds that are in a cluster. */
export async function findDefinitions(client: ApiClient): Promise<readonly ObjectName[]> {
  const there = await Promise.all(definitions().map((definition) => findObject(client, definition)));
  return there.filter((definition) => definition !== undefined);
}

/** How many Gateways there are, of any class. */
export async function countGateways(client: ApiClient): Promise<number> {
  const path = resourcePath({ group: "gateway.networking.k8s.io", version: "v1", plural: "gateways" });
  try {
    return itemsOf(await client.request({ method: "GET", path })).length;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Deletes objects, and with `wait` waits until they are gone. */
export async function removeObjects(
  client: ApiClient,
  objects: readonly ObjectName[],
  patience: Patience,
  wait: boolean,
): Promise<void> {
  for (const object of objects) {
    if (await deleteObject(client, object)) patience.tell(`deleted ${describeObject(object)}`);
  }
  for (const object of wait ? objects : []) {
    await waitFor(async () => ((await findObject(client, object)) ? `${describeObject(object)} is ending` : undefined), patience);
  }
}

/** Whether Helm keeps a record of the release: then it is Helm's to change. */
export async function isReleaseOfHelm(client: ApiClient, { name, namespace }: Release): Promise<boolean> {
  const path = resourcePath({ group: "", version: "v1", plural: "secrets", namespace });
  const answer = await client.request({ method: "GET", path, query: { labelSelector: `owner=helm,name=${name}`, limit: 1 } });
  return itemsOf(answer).length > 0;
}

async function list(
  client: ApiClient,
  apiVersion: string,
  kind: string,
  labelSelector: string,
): Promise<readonly StoredObject[]> {
  const path = resourcePath(collectionOf(apiVersion, kind));
  const answer = await client.request({ method: "GET", path, query: { labelSelector } });
  // Entries of lists do not say of what kind they are.
  return itemsOf(answer).map((item) => ({ ...item, apiVersion, kind }));
}

function itemsOf(answer: unknown): readonly StoredObject[] {
  return (answer as { readonly items?: readonly StoredObject[] }).items ?? [];
}

/** Of our chart, and of the release in this namespace: another one may have the same name. */
function isOf({ metadata: { name, namespace, labels, annotations } }: StoredObject, release: Release): boolean {
  if (!labels?.["helm.sh/chart"]?.startsWith("gateway-helm-")) return false;
  const home = annotations?.[releaseNamespace] ?? namespace;
  return home === release.namespace || (home === undefined && /[.:]/.test(name) && name.endsWith(release.namespace));
}
