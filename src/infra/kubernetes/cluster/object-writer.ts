/** Writes the objects of fleets: server-side apply, and deletion. */
import { type ApiClient, isConflict, isMissing, serverSideApply } from "../../../kubernetes/api-client.ts";
import type { KubernetesObject } from "../objects/kubernetes-object.ts";
import { objectPath } from "./managed-kinds.ts";
import { type ObservedObject, observedObject } from "./observed-object.ts";

/** The field manager of everything that is applied; Envoy Gateway has the same. */
export const fieldManager = "envoy-gateway";

/** Told of every write. */
export interface WriteObserver {
  applied(object: WrittenObject, milliseconds: number, error: unknown): void;
  deleted(object: WrittenObject, milliseconds: number, error: unknown): void;
}

/** Which object was written. */
export interface WrittenObject {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** Writes objects through one connection. */
export interface ObjectWriter {
  /** Makes the fields that `object` has what it says, whoever set them otherwise. Resolves with what is stored then; rejects as the connection does. */
  apply(object: KubernetesObject): Promise<ObservedObject | undefined>;
  /** Reads the object at the place of `object`; undefined when there is none. */
  read(object: WrittenObject): Promise<ObservedObject | undefined>;
  /** Deletes that very object, and what belongs to it in the background. Resolves also when it is gone. */
  delete(object: ObservedObject): Promise<void>;
}

/** Makes a writer. `signal` ends all its requests. */
export function createObjectWriter(client: ApiClient, observer: WriteObserver, signal: AbortSignal): ObjectWriter {
  const measured = async <T>(told: (milliseconds: number, error: unknown) => void, request: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      const answer = await request();
      told(performance.now() - began, undefined);
      return answer;
    } catch (error) {
      told(performance.now() - began, error);
      throw error;
    }
  };
  return {
    apply: (object) =>
      measured(
        (milliseconds, error) => observer.applied(object, milliseconds, error),
        async () => {
          const request = { ...serverSideApply(objectPath(object), object, fieldManager), signal };
          return observedObject(object.kind, await client.request(request));
        },
      ),
    async read(object) {
      try {
        return observedObject(object.kind, await client.request({ method: "GET", path: objectPath(object), signal }));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    delete: (object) =>
      measured(
        (milliseconds, error) => observer.deleted(object, milliseconds, error),
        async () => {
          const preconditions = { uid: object.metadata.uid };
          const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background", preconditions };
          try {
            await client.request({ method: "DELETE", path: objectPath(object), body, signal });
          } catch (error) {
            // Another object of the name is there by now, or none.
            if (!isMissing(error) && !isConflict(error)) throw error;
          }
        },
      ),
  };
}
