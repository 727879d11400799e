import { admit } from "../api/admission.ts";
import type { BackendObjectReference } from "../api/gateway/references.ts";
import type { ApiObject } from "../api/kinds.ts";
import { objectKey, statusKey } from "../gatewayapi/object-ref.ts";

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
  const ports = new Map<string, { readonly namespace: string; readonly name: string; readonly ports: Set<string> }>();
  for (const object of objects) {
    for (const ref of backendsOf(object)) {
      const { namespace: own = "" } = object.metadata;
      if ((ref.kind ?? "Service") !== "Service" || (ref.group ?? "") !== "" || ref.port === undefined) continue;
      const namespace = ref.namespace ?? own;
      const key = `${namespace}/${ref.name}`;
      const known = ports.get(key) ?? { namespace, name: ref.name, ports: new Set<string>() };
      known.ports.add(`${object.kind === "UDPRoute" ? "UDP" : "TCP"} ${ref.port}`);
      ports.set(key, known);
    }
  }
  return [...ports.values()].flatMap(serviceWithEndpoint);
}

/** The references to backends in the rules of a route; none where the object is no route. */
function backendsOf(object: ApiObject): readonly BackendObjectReference[] {
  switch (object.kind) {
    case "HTTPRoute":
    case "GRPCRoute":
    case "TLSRoute":
    case "TCPRoute":
    case "UDPRoute":
      return (object.spec.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
    default:
      return [];
  }
}

function serviceWithEndpoint({
  namespace,
  name,
  ports,
}: {
  readonly namespace: string;
  readonly name: string;
  /** `<protocol> <number>`. */
  readonly ports: ReadonlySet<string>;
}) {
  const numbered = [...ports]
    .map((each) => each.split(" "))
    .map(([protocol, port]) => ({ name: `${protocol === "UDP" ? "udp" : "port"}-${port}`, port: Number(port), protocol }))
    .sort((a, b) => a.port - b.port || (a.name < b.name ? -1 : 1));
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
