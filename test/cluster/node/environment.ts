/** The environment and the command line of a container. */
import { nodeAddress, nodeName, serviceAddressOfApiServer } from "../addresses.ts";
import type { Image } from "./images.ts";
import type { Container, KeyedData, Pod } from "./objects.ts";

/** Reads a Secret or ConfigMap of a namespace; rejects when there is none. */
export type ReadData = (plural: "secrets" | "configmaps", namespace: string, name: string) => Promise<KeyedData>;

/** A container's environment: what every container has, what the image sets, then what the container asks for. */
export async function environmentOf(
  pod: Pod,
  address: string,
  { env = [] }: Container,
  image: Image,
  read: ReadData,
): Promise<Record<string, string>> {
  const namespace = pod.metadata.namespace ?? "";
  const result: Record<string, string> = {
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    HOME: "/tmp",
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: serviceAddressOfApiServer,
    KUBERNETES_SERVICE_PORT: "443",
    ...image.environment,
  };
  for (const { name, value = "", valueFrom } of env) {
    const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
    if (fieldRef !== undefined) result[name] = fieldOf(pod, address, fieldRef.fieldPath);
    else if (secretKeyRef !== undefined) {
      const { data } = await read("secrets", namespace, secretKeyRef.name);
      result[name] = Buffer.from(data?.[secretKeyRef.key] ?? "", "base64").toString();
    } else if (configMapKeyRef !== undefined) {
      const { data } = await read("configmaps", namespace, configMapKeyRef.name);
      result[name] = data?.[configMapKeyRef.key] ?? "";
    } else if (valueFrom === undefined) result[name] = expand(value, result);
  }
  return result;
}

/** Replaces `$(NAME)` by the variable's value; unknown ones stay, and `$$(` is a plain `$(`. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$)?\(([A-Za-z_][\w.-]*)\)/g, (whole, escaped, name) =>
    escaped === undefined ? (variables[name] ?? whole) : whole.slice(1),
  );
}

/** A field of the pod as the downward API gives it. Throws for one that it does not give. */
export function fieldOf(pod: Pod, address: string, path: string): string {
  const { metadata, spec } = pod;
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": nodeName,
    "spec.serviceAccountName": spec.serviceAccountName ?? "default",
    "status.podIP": address,
    "status.podIPs": address,
    "status.hostIP": nodeAddress,
  };
  const keyed = /^metadata\.(annotations|labels)\['(.+)'\]$/.exec(path);
  const found =
    keyed === null ? fields[path] : (metadata[keyed[1] === "labels" ? "labels" : "annotations"]?.[keyed[2] ?? ""] ?? "");
  if (found === undefined) throw new Error(`the field ${path} of pods is not given to containers`);
  return found;
}
