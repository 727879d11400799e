import { isObject } from "../../../api/json-object.ts";
import { type ApiClient, isConflict, isMissing } from "../../../kubernetes/api-client.ts";
import { resourcePath } from "../../../kubernetes/resource-path.ts";

/** Keeps a GatewayClass from going while there are Gateways of it. Source: gateway-api v1.6, gatewayclass_types.go. */
export const classFinalizer = "gateway-exists-finalizer.gateway.networking.k8s.io";

/** How often a write is tried anew when somebody else was faster. */
const tries = 5;

/**
 * Adds the finalizer to a GatewayClass or removes it, and leaves those of others as they are. Resolves also when the class is gone.
 * Rejects as the connection does.
 */
export async function setClassFinalizer(client: ApiClient, name: string, present: boolean, signal: AbortSignal): Promise<void> {
  const path = resourcePath({ group: "gateway.networking.k8s.io", version: "v1", plural: "gatewayclasses", name });
  for (let left = tries; ; left--) {
    try {
      const { finalizers, resourceVersion, leaving } = read(await client.request({ method: "GET", path, signal }));
      // A finalizer cannot be added to what is on its way out.
      if (finalizers.includes(classFinalizer) === present || (present && leaving)) return;
      const others = finalizers.filter((each) => each !== classFinalizer);
      const metadata = { resourceVersion, finalizers: present ? [...others, classFinalizer] : others };
      await client.request({ method: "PATCH", path, contentType: "application/merge-patch+json", body: { metadata }, signal });
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (!isConflict(error) || left <= 1) throw error;
    }
  }
}

function read(object: unknown): { finalizers: readonly unknown[]; resourceVersion: unknown; leaving: boolean } {
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {};
  const { finalizers, resourceVersion, deletionTimestamp } = metadata;
  return { finalizers: Array.isArray(finalizers) ? finalizers : [], resourceVersion, leaving: deletionTimestamp !== undefined };
}
