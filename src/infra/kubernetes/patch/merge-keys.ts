/**
 * How lists of the kinds that we generate are merged by a strategic merge patch: by path, without indices. Lists that are not here
 * replace each other.
 * Source: Kubernetes v1.34, `x-kubernetes-patch-merge-key` and `-patch-strategy` of the OpenAPI of core/v1, apps/v1, autoscaling/v2 and
 * policy/v1.
 */
export type ListStrategy =
  /** Items are the same object where this member is the same. */
  | { readonly key: string }
  /** Items are plain values; those of the patch are added. */
  | "values";

const byName: ListStrategy = { key: "name" };

const ofContainer: Readonly<Record<string, ListStrategy>> = {
  env: byName,
  ports: { key: "containerPort" },
  volumeMounts: { key: "mountPath" },
  volumeDevices: { key: "devicePath" },
};

const ofPod: Readonly<Record<string, ListStrategy>> = {
  containers: byName,
  initContainers: byName,
  ephemeralContainers: byName,
  imagePullSecrets: byName,
  volumes: byName,
  hostAliases: { key: "ip" },
  resourceClaims: byName,
  topologySpreadConstraints: { key: "topologyKey" },
  ...below("containers", ofContainer),
  ...below("initContainers", ofContainer),
  ...below("ephemeralContainers", ofContainer),
};

const ofMetadata: Readonly<Record<string, ListStrategy>> = { ownerReferences: { key: "uid" }, finalizers: "values" };

const everywhere = below("metadata", ofMetadata);

const ofWorkload = { ...everywhere, ...below("spec.template.spec", ofPod), ...below("spec.template.metadata", ofMetadata) };

const byKind: Readonly<Record<string, Readonly<Record<string, ListStrategy>>>> = {
  Deployment: ofWorkload,
  DaemonSet: ofWorkload,
  Service: { ...everywhere, "spec.ports": { key: "port" } },
};

/** How the list at `path` (`spec.template.spec.containers`) of an object of `kind` is merged; undefined: replaced. */
export function listStrategy(kind: string, path: string): ListStrategy | undefined {
  return (byKind[kind] ?? everywhere)[path];
}

/**
 * The member that stays when a patch brings another one for the object at `path`, whose other members exclude each other: a volume has
 * one source. Undefined where all members stay.
 */
export function onlyOneBeside(kind: string, path: string): string | undefined {
  const holdsPods = kind === "Deployment" || kind === "DaemonSet";
  return holdsPods && path === "spec.template.spec.volumes" ? "name" : undefined;
}

function below(parent: string, strategies: Readonly<Record<string, ListStrategy>>): Readonly<Record<string, ListStrategy>> {
  return Object.fromEntries(Object.entries(strategies).map(([path, strategy]) => [`${parent}.${path}`, strategy]));
}
