import type { Duplex } from "node:stream";
import { type Command, InvalidArgumentError } from "commander";
import { type AdminChoice, isInCluster, withAdminOption } from "./admin-choice.ts";
import { askAdmin, askEnvoyHere, connectHere } from "./admin-client.ts";

/** A proxy. */
export interface NamedProxy {
  /** `namespace/name` of its pod; on this machine of its Gateway, or the GatewayClass where Gateways are merged. */
  readonly name: string;
  /** The Gateway's; empty where Gateways are merged. */
  readonly namespace: string;
  /** The Gateway, or the GatewayClass. */
  readonly owner: string;
  /** `key=value`: those of its pod. */
  readonly labels: readonly string[];
  /** Where it is shown: the pod, or on this machine the owner. */
  readonly shown: { readonly namespace: string; readonly name: string };
  /** Asks its admin interface. Rejects with a sentence for the user. */
  ask(path: string): Promise<string>;
  /** Opens a connection to it. Rejects as `ask` does. */
  connect(): Promise<Duplex>;
}

/** Which proxies a command is about. */
export interface ProxyChoice extends AdminChoice {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  /** `key=value`: labels of their pods. */
  readonly labels?: readonly string[];
}

/** Adds the options that choose proxies. */
export function withProxyOptions(command: Command): Command {
  return withAdminOption(command)
    .option("-n, --namespace <namespace>", "namespace of the Gateway, or of the proxy's pod", "default")
    .option("-A, --all-namespaces", "the proxies of all Gateways")
    .option("-l, --labels <key=value...>", "labels of the proxies' pods in a cluster", splitLabels);
}

/** Labels, each given by itself or several separated by commas. */
function splitLabels(text: string, before: readonly string[] = []): readonly string[] {
  const labels = text.split(",").map((each) => each.trim());
  const wrong = labels.find((each) => !/^[^=]+=[^=]*$/.test(each));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no label: write key=value.`);
  return [...before, ...labels];
}

/**
 * The proxies of a Gateway (`eg`, `default/eg`), of a GatewayClass, of a pod, or, without a name, of all Gateways of the namespace.
 * Rejects with a sentence that names those there are when there is none.
 */
export async function chooseProxies(name: string | undefined, choice: ProxyChoice): Promise<NamedProxy[]> {
  const { namespace, allNamespaces, labels = [] } = choice;
  if (labels.length > 0 && !isInCluster(choice)) throw new Error("--labels are of pods: proxies of this machine have none");
  const proxies = isInCluster(choice) ? await proxiesInCluster(choice) : await proxiesHere(choice);
  const chosen = proxies.filter((proxy) => {
    if (labels.some((label) => !proxy.labels.includes(label))) return false;
    const here = allNamespaces || proxy.namespace === namespace || proxy.namespace === "" || proxy.shown.namespace === namespace;
    if (name === undefined) return here;
    return (
      [proxy.name, `${proxy.namespace}/${proxy.owner}`].includes(name) ||
      proxy.shown.name === name ||
      (here && proxy.owner === name)
    );
  });
  if (chosen.length > 0) return chosen;
  const there = proxies.length === 0 ? "there are none" : `there are ${proxies.map((proxy) => proxy.name).join(", ")}`;
  if (labels.length > 0) throw new Error(`no proxies with these labels: ${there}`);
  throw new Error(name === undefined ? `no proxies in namespace ${namespace}: ${there}` : `no proxy ${name}: ${there}`);
}

async function proxiesHere(choice: ProxyChoice): Promise<readonly NamedProxy[]> {
  const all = (await askAdmin(choice, "/api/proxies")) as readonly {
    readonly scope: string;
    readonly owner: { readonly namespace: string; readonly name: string };
    readonly adminAddress?: string;
  }[];
  return all.map(({ scope, owner, adminAddress }) => ({
    name: scope,
    namespace: owner.namespace,
    owner: owner.name,
    labels: [],
    shown: owner,
    ask: async (path) => askEnvoyHere(scope, adminAddress, path),
    connect: async () => connectHere(scope, adminAddress),
  }));
}

async function proxiesInCluster(choice: ProxyChoice): Promise<readonly NamedProxy[]> {
  const { askPod, openPodAdmin, proxyPods } = await import("./cluster-pods.ts");
  const owning = "gateway.envoyproxy.io/owning-gateway";
  return (await proxyPods(choice)).map((pod) => {
    const { namespace, name, labels = {} } = pod.metadata;
    return {
      name: `${namespace}/${name}`,
      namespace: labels[`${owning}-namespace`] ?? "",
      owner: labels[`${owning}-name`] ?? labels[`${owning}class`] ?? name,
      labels: Object.entries(labels).map((pair) => pair.join("=")),
      shown: { namespace, name },
      ask: (path) => askPod(choice, pod, path),
      connect: () => openPodAdmin(choice, pod),
    };
  });
}
