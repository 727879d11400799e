/** The part of the bench that runs inside the cluster. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { resourcePath } from "../../src/kubernetes/resource-path.ts";
import { connect } from "./api-connection.ts";
import { createClass, installGateway } from "./gateway-install.ts";
import { read } from "./manifests.ts";
import { controllerPods, deletePod } from "./pods-of-gateway.ts";
import { createScene, echoRoute, httpGateway } from "./scene.ts";

const count = 1_000;
const namespace = "shop";
const client = await connect(process.env.KUBECONFIG ?? "");

await installGateway(client);
await createClass(client);
await createScene(client, namespace);
tell("with one route", memoryOfController());

const started = Date.now();
for (let index = 0; index < count; index++) await createRoute(index);
while ((await attachedRoutes()) !== count + 1) await sleep(50);
console.log(
  `${count} routes, Services and EndpointSlices were made, and attached, in ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
await sleep(5_000);
tell(`with ${count}, just made`, memoryOfController());

const [old] = await controllerPods(client);
if (old === undefined) throw new Error("there is no control plane");
await deletePod(client, old, 0);
const fresh = await anotherThan(old.metadata.name);
const begin = Date.parse(fresh.containerStatuses?.[0]?.state.running?.startedAt ?? "");
const serving = Date.parse(fresh.conditions?.find(isReady)?.lastTransitionTime ?? "");
console.log(`started with ${count}: ready ${((serving - begin) / 1000).toFixed(1)} s after its process began (to the second)`);
await sleep(20_000);
tell(`with ${count}, after a start`, memoryOfController());
client.close();

/** A route with a backend of its own: a Service without pods, and its slice. */
async function createRoute(index: number): Promise<void> {
  const name = `app-${index}`;
  const metadata = { name, namespace };
  const post = (group: string, version: string, plural: string, body: object) =>
    client.request({ method: "POST", path: resourcePath({ group, version, plural, namespace }), body });
  await post("", "v1", "services", { metadata, spec: { ports: [{ port: 8080, protocol: "TCP" }] } });
  await post("discovery.k8s.io", "v1", "endpointslices", {
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port: 3000, protocol: "TCP" }],
    endpoints: [{ addresses: [`10.245.${index >> 8}.${index & 255}`] }],
  });
  const rules = [{ backendRefs: [{ name, port: 8080 }] }];
  const spec = { parentRefs: [{ name: "web" }], hostnames: [`${name}.test`], rules };
  await post("gateway.networking.k8s.io", "v1", "httproutes", { ...echoRoute(namespace, name, ""), ...{ spec } });
}

async function attachedRoutes(): Promise<number | undefined> {
  const found = (await read(client, httpGateway(namespace))) as {
    readonly status?: { readonly listeners?: readonly { readonly attachedRoutes: number }[] };
  };
  return found.status?.listeners?.[0]?.attachedRoutes;
}

/** What is read of a pod's status (core/v1 PodStatus). */
interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime: string }[];
  readonly containerStatuses?: readonly { readonly state: { readonly running?: { readonly startedAt: string } } }[];
}

function isReady({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === "Ready" && status === "True";
}

/** Waits for a control plane that is ready and is not the pod of that name. */
async function anotherThan(name: string): Promise<PodStatus> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(200)) {
    for (const { metadata } of await controllerPods(client)) {
      if (metadata.name === name) continue;
      const { namespace } = metadata;
      const path = resourcePath({ group: "", version: "v1", plural: "pods", namespace, name: metadata.name });
      const { status } = (await client.request({ method: "GET", path })) as { readonly status: PodStatus };
      if (status.conditions?.some(isReady)) return status;
    }
  }
  throw new Error("no new control plane was ready within 60 s");
}

/** Resident memory of the control plane in MB, now and at most: the process that runs `server`, seen from its cluster. */
function memoryOfController(): { readonly now: number; readonly most: number } {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const text = (file: string) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
      } catch {
        return "";
      }
    };
    const words = text("cmdline").split("\0");
    if (!words[0]?.endsWith("/nodejs/bin/node") || !words.includes("server")) continue;
    const megabytes = (name: string) =>
      Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text("status"))?.[1] ?? 0) / 1024);
    return { now: megabytes("VmRSS"), most: megabytes("VmHWM") };
  }
  throw new Error("the process of the control plane was not found");
}

function tell(when: string, { now, most }: { readonly now: number; readonly most: number }): void {
  console.log(`memory ${when}: ${now} MB, at most ${most} MB`);
}
