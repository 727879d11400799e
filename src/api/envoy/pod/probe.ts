/** What Kubernetes does with a running container: it asks how it is, and tells it of its start and end. Source: Kubernetes, core/v1. */
import { integer, intOrString, list, object, optional, string } from "../../schema/vocabulary.ts";

const int32 = { format: "int32" };
const int64 = { format: "int64" };
const port = intOrString("Number or name of the port.");

const handlers = {
  exec: optional(
    object("A command in the container.", {
      command: optional(list("The command and its arguments.", string("A word."), { by: "atomic" })),
    }),
  ),
  httpGet: optional(
    object("An HTTP request.", {
      host: optional(string("Host; the pod's address where it is left out.")),
      httpHeaders: optional(
        list("Headers.", object("A header.", { name: string("Its name."), value: string("Its value.") }), { by: "atomic" }),
      ),
      path: optional(string("Path.")),
      port,
      scheme: optional(string("`HTTP` (default) or `HTTPS`.")),
    }),
  ),
  tcpSocket: optional(
    object("A TCP connection.", { host: optional(string("Host; the pod's address where it is left out.")), port }),
  ),
};

/** How a container is asked how it is. */
export function probe(description: string) {
  return object(description, {
    ...handlers,
    failureThreshold: optional(integer("Failures in a row that count.", int32)),
    grpc: optional(
      object("A check by the gRPC health protocol.", {
        port: integer("The port.", int32),
        service: string("The service that is asked about.", { default: "" }),
      }),
    ),
    initialDelaySeconds: optional(integer("Time before the first probe.", int32)),
    periodSeconds: optional(integer("Time between probes.", int32)),
    successThreshold: optional(integer("Successes in a row that count.", int32)),
    terminationGracePeriodSeconds: optional(integer("Time that the container has to end after a failure.", int64)),
    timeoutSeconds: optional(integer("Time for the answer.", int32)),
  });
}

function hook(description: string) {
  return object(description, {
    ...handlers,
    sleep: optional(object("Wait.", { seconds: integer("How long.", int64) })),
  });
}

/** What is done when a container starts and ends. */
export const lifecycle = object("What is done when the container starts and ends.", {
  postStart: optional(hook("After the start.")),
  preStop: optional(hook("Before the end.")),
  stopSignal: optional(string("The signal that ends it.")),
});
