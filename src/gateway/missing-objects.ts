import { admit } from "../api/admission.ts";
import type { ApiObject } from "../api/kinds.ts";
import { objectKey, statusKey } from "../gatewayapi/object-ref.ts";
import type { RequestRule } from "../gatewayapi/rule-dialects.ts";

/** The addresses of what is made up: nobody has them, and they are easy to see in a translation. */
const madeUp = { clusterIP: "1.2.3.4", endpoint: "7.7.7.7" };

/**
 * What the objects refer to and is not among them, made up so that they can be translated by themselves: the GatewayClass of a
 * Gateway, and the Services of routes, each with the ports that are asked for and one endpoint.
 */
export function missingObjects(objects: readonly ApiObject[], controllerName: string): readonly ApiObject[] {
  const present = new Set(objects.map(keyOf));
  const made = new Map<string, ApiObject>();
  for (const document of [...missingClasses(objects, controllerName), ...missingServices(objects)]) {
    const outcome = admit(document);
    if (!("object" in outcome)) throw new Error(`a made-up object is refused: ${outcome.message}`);
    const key = keyOf(outcome.object);
    if (!present.has(key)) made.set(key, outcome.object);
  }
  // An EndpointSlice belongs to its Service: where the user gave that, its endpoints are the user's, too.
  return [...made.values()].filter(
    ({ kind, metadata }) => kind !== "EndpointSlice" || made.has(`Service/${objectKey(metadata)}`),
  );
}

function keyOf({ kind, metadata }: ApiObject): string {
  return kind === "GatewayClass" || metadata.namespace === undefined
    ? statusKey({ kind, namespace: "", name: metadata.name })
    : `${kind}/${objectKey(metadata)}`;
}

function missingClasses(objects: readonly ApiObject[], controllerName: string): object[] {
  return objects.flatMap((object) =>
    object.kind !== "Gateway"
      ? []
      : {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "GatewayClass",
          metadata: { name: object.spec.gatewayClassName },
          spec: { controllerName },
        },
  );
}

function missingServices(objects: readonly ApiObject[]): object[] {
  const ports = new Map<string, { readonly namespace: string; readonly name: string; readonly ports: Set<number> }>();
  for (const object of objects) {
    if (object.kind !== "HTTPRoute" && object.kind !== "GRPCRoute") continue;
    const rules: readonly RequestRule[] = object.spec.rules ?? [];
    for (const ref of rules.flatMap(({ backendRefs }) => backendRefs ?? [])) {
      if ((ref.kind ?? "Service") !== "Service" || (ref.group ?? "") !== "" || ref.port === undefined) continue;
      const namespace = ref.namespace ?? object.metadata.namespace;
      const key = `${namespace}/${ref.name}`;
      const known = ports.get(key) ?? { namespace, name: ref.name, ports: new Set<number>() };
      known.ports.add(ref.port);
      ports.set(key, known);
    }
  }
  return [...ports.values()].flatMap(serviceWithEndpoint);
}

function serviceWithEndpoint({
  namespace,
  name,
  ports,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly ports: ReadonlySet<number>;
}) {
  const numbered = [...ports].sort((a, b) => a - b).map((port) => ({ name: `port-${port}`, port, protocol: "TCP" }));
  const metadata = { namespace, name };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: madeUp.clusterIP, ports: numbered } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: numbered,
      endpoints: [{ addresses: [madeUp.endpoint], conditions: { ready: true } }],
    },
  ];
}
