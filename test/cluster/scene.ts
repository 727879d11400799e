/** Objects as suites need them: a backend, a Gateway, routes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../../src/kubernetes/api-client.ts";
import { className } from "./gateway-install.ts";
import { apply, type Condition, conditionMet, type Manifest, read } from "./manifests.ts";
import { get, type Target } from "./traffic.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";

/** A namespace. */
export function namespaceOf(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** A backend that echoes: a Deployment `echo` of the conformance suite's image, and its Service. */
export function echoBackend(namespace: string, replicas = 1): readonly Manifest[] {
  const labels = { app: "echo" };
  const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "echo", namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "echo",
              image: "registry.k8s.io/gateway-api/echo-basic:v1.5.1",
              env: [fromField("POD_NAME", "metadata.name"), fromField("NAMESPACE", "metadata.namespace")],
            },
          ],
        },
      },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "echo", namespace },
    spec: { selector: labels, ports: [{ port: 8080, targetPort: 3000 }] },
  };
  return [deployment, service];
}

/** A Gateway with one HTTP listener on port 80. */
export function httpGateway(namespace: string, name = "web"): Manifest {
  const spec = { gatewayClassName: className, listeners: [{ name: "http", protocol: "HTTP", port: 80 }] };
  return { apiVersion: gatewayApi, kind: "Gateway", metadata: { name, namespace }, ...{ spec } };
}

/** A route of a host to the Service `echo`. */
export function echoRoute(namespace: string, name: string, host: string, gateway = "web"): Manifest {
  const spec = { parentRefs: [{ name: gateway }], hostnames: [host], rules: [{ backendRefs: [{ name: "echo", port: 8080 }] }] };
  return { apiVersion: gatewayApi, kind: "HTTPRoute", metadata: { name, namespace }, ...{ spec } };
}

/** Makes a namespace with a backend, a Gateway and a route of the host `app.test`; resolves with where it is reached, once it answers. */
export async function createScene(client: ApiClient, namespace: string): Promise<Target> {
  await apply(client, namespaceOf(namespace));
  for (const manifest of echoBackend(namespace)) await apply(client, manifest);
  await apply(client, httpGateway(namespace));
  await apply(client, echoRoute(namespace, "app", "app.test"));
  await conditionMet(client, httpGateway(namespace), "Programmed", 60);
  const target = { address: await addressOf(client, httpGateway(namespace)), port: 80, host: "app.test" };
  await answers(target, 30);
  return target;
}

/** The first address of a Gateway. */
export async function addressOf(client: ApiClient, gateway: Manifest): Promise<string> {
  const { status } = (await read(client, gateway)) as {
    readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
  };
  const address = status?.addresses?.[0]?.value;
  if (address === undefined) throw new Error(`${gateway.metadata.name} has no address`);
  return address;
}

/** Waits until requests are answered with 200. */
export async function answers(target: Target, seconds: number): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    try {
      last = await get(target);
      if (last === 200) return;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${target.host} did not answer within ${seconds} s: ${last}`);
}

/** Waits until the only parent of a route says that it is accepted, or that it is not. */
export async function routeAccepted(client: ApiClient, route: Manifest, seconds: number, status = "True"): Promise<void> {
  let parents: unknown;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    const found = (await read(client, route)) as {
      readonly status?: { readonly parents?: readonly { readonly conditions: readonly Condition[] }[] };
    };
    parents = found.status?.parents;
    const conditions = found.status?.parents?.[0]?.conditions ?? [];
    if (conditions.some((condition) => condition.type === "Accepted" && condition.status === status)) return;
  }
  throw new Error(`${route.metadata.name} was not told to be accepted: ${JSON.stringify(parents)}`);
}
