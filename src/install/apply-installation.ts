/** Puts an installation into a cluster. */
import type { ApiClient } from "../kubernetes/api-client.ts";
import {
  applyObject,
  deleteObject,
  describeObject,
  findObject,
  objectPath,
  type Patience,
  type StoredObject,
  waitFor,
} from "./cluster-objects.ts";
import { type Installation, type Manifest, releaseName, releaseNamespace } from "./installation.ts";
import { findInstallation, removeObjects } from "./remove-installation.ts";

const bundleVersion = "gateway.networking.k8s.io/bundle-version";

/**
 * Applies definitions, namespace, what makes the certificates, and the rest, in this order, and waits until the control plane is
 * available. Applying again changes what differs, and deletes what is no longer wanted. Rejects when something fails or the time is over, with what to look at.
 */
export async function applyInstallation(client: ApiClient, installation: Installation, patience: Patience): Promise<void> {
  for (const object of installation.objects) await refuseForeign(client, object);
  await applyDefinitions(client, installation.definitions, patience);
  await applyObject(client, installation.namespace);
  await prepare(client, installation.preparation, patience);
  for (const object of installation.objects) await apply(client, object, patience);
  await removeLeftovers(client, installation, patience);
  for (const object of installation.objects) {
    if (object.kind === "Deployment") await waitFor(() => missingOfDeployment(client, object), patience);
  }
}

/** Deletes what was installed with other values and is not a part of the installation any more: rights above all. */
async function removeLeftovers(client: ApiClient, installation: Installation, patience: Patience): Promise<void> {
  const wanted = new Set([...installation.preparation, ...installation.objects].map(objectPath));
  const found = await findInstallation(client, installation.release);
  const leftovers = found.filter((object) => !wanted.has(objectPath(object)));
  await removeObjects(client, leftovers, patience, false);
}

/** Applies CustomResourceDefinitions but those that are there in a newer release, and waits until they are served. */
export async function applyDefinitions(client: ApiClient, definitions: readonly Manifest[], patience: Patience): Promise<void> {
  const applied: Manifest[] = [];
  for (const definition of definitions) {
    const there = await findObject(client, definition);
    const [theirs, ours] = [there?.metadata.annotations?.[bundleVersion], definition.metadata.annotations?.[bundleVersion]];
    if (isNewer(theirs, ours)) {
      patience.tell(`kept ${describeObject(definition)}: it is of ${theirs}, newer than ${ours}`);
    } else {
      await apply(client, definition, patience);
      applied.push(definition);
    }
  }
  for (const definition of applied) await waitFor(() => missingOfDefinition(client, definition), patience);
}

/** What is only for the preparation is deleted after it. */
async function prepare(client: ApiClient, preparation: readonly Manifest[], patience: Patience): Promise<void> {
  for (const object of preparation) {
    if (object.kind === "Job" && (await deleteObject(client, object))) {
      // A Job cannot be changed: that of the last time makes room.
      await waitFor(
        async () => ((await findObject(client, object)) ? `the old ${describeObject(object)} is ending` : undefined),
        patience,
      );
    }
    await apply(client, object, patience);
    if (object.kind === "Job") await waitFor(() => missingOfJob(client, object), patience);
  }
  for (const object of preparation.toReversed()) {
    const policy = object.metadata.annotations?.["helm.sh/hook-delete-policy"]?.split(",");
    if (policy?.includes("hook-succeeded")) await deleteObject(client, object);
  }
}

/** Rejects when an object belongs to another installation, which would no longer work. */
async function refuseForeign(client: ApiClient, object: Manifest): Promise<void> {
  const there = (await findObject(client, object))?.metadata.annotations;
  const foreign = [releaseName, releaseNamespace].some((name) => {
    const owner = there?.[name];
    return owner !== undefined && owner !== object.metadata.annotations?.[name];
  });
  if (!foreign) return;
  const owner = `"${there?.[releaseName]}" in namespace ${there?.[releaseNamespace]}`;
  throw new Error(`${describeObject(object)} belongs to the installation ${owner}: choose another --name`);
}

async function apply(client: ApiClient, object: Manifest, { tell }: Patience): Promise<void> {
  await applyObject(client, object);
  tell(`applied ${describeObject(object)}`);
}

async function missingOfDefinition(client: ApiClient, definition: Manifest): Promise<string | undefined> {
  return isTrue(await findObject(client, definition), "Established")
    ? undefined
    : `${describeObject(definition)} is not served yet`;
}

async function missingOfJob(client: ApiClient, job: Manifest): Promise<string | undefined> {
  const now = await findObject(client, job);
  // A Job that did its work is soon deleted by the cluster.
  if (now === undefined || isTrue(now, "Complete")) return undefined;
  if (isTrue(now, "Failed")) throw new Error(`${describeObject(job)} failed: ${lookAt("logs", job)}`);
  return `${describeObject(job)} is at work (${lookAt("describe", job)} tells more)`;
}

async function missingOfDeployment(client: ApiClient, deployment: Manifest): Promise<string | undefined> {
  const { metadata, spec, status } = (await findObject(client, deployment)) ?? {};
  const wanted = spec?.replicas ?? 1;
  const seen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  const available = seen ? Math.min(status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0) : 0;
  if (seen && available >= wanted) return undefined;
  const name = describeObject(deployment);
  return `${available} of ${wanted} replicas of ${name} are available (${lookAt("describe", deployment)} tells more)`;
}

function isTrue(object: StoredObject | undefined, type: string): boolean {
  return object?.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

function lookAt(verb: "logs" | "describe", { kind, metadata: { name, namespace } }: Manifest): string {
  return `kubectl --namespace ${namespace} ${verb} ${kind.toLowerCase()}/${name}`;
}

/** Whether a release like v1.6.1 is of a newer minor version than another. */
function isNewer(one: string | undefined, other: string | undefined): boolean {
  const [major = 0, minor = 0] = partsOf(one);
  const [otherMajor = 0, otherMinor = 0] = partsOf(other);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}

function partsOf(release: string | undefined): readonly number[] {
  return (
    /^v(\d+)\.(\d+)/
      .exec(release ?? "")
      ?.slice(1)
      .map(Number) ?? []
  );
}
