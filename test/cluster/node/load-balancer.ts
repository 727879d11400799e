/** Addresses for Services of type LoadBalancer. */
import type { ApiClient } from "../../../src/kubernetes/api-client.ts";
import { ApiError } from "../../../src/kubernetes/api-client.ts";
import { resourcePath } from "../../../src/kubernetes/resource-path.ts";
import { nthAddress } from "../addresses.ts";
import type { Service } from "./objects.ts";

/** Gives addresses out. */
export interface LoadBalancers {
  /** By UID of the Service. */
  readonly addresses: ReadonlyMap<string, string>;
  /** To be called with each Service that is new, changed or gone. */
  update(service: Service, gone: boolean): void;
}

/** Each Service keeps its address until it goes; the address stands in its status at once. */
export function createLoadBalancers(client: ApiClient): LoadBalancers {
  const addresses = new Map<string, string>();
  let count = 0;
  return {
    addresses,
    update(service, gone) {
      const { metadata, spec, status } = service;
      if (gone || spec.type !== "LoadBalancer") {
        addresses.delete(metadata.uid);
        return;
      }
      const told = status?.loadBalancer?.ingress?.[0]?.ip;
      const address = addresses.get(metadata.uid) ?? told ?? spec.loadBalancerIP ?? nthAddress("172.18", ++count);
      addresses.set(metadata.uid, address);
      if (told === address) return;
      report(client, service, address).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.code === 404)) console.log(`load balancer of ${metadata.name}:`, error);
      });
    },
  };
}

async function report(client: ApiClient, { metadata }: Service, ip: string): Promise<void> {
  const address = { group: "", version: "v1", plural: "services", namespace: metadata.namespace ?? "", name: metadata.name };
  await client.request({
    method: "PATCH",
    path: resourcePath({ ...address, subresource: "status" }),
    body: { status: { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } } },
    contentType: "application/merge-patch+json",
  });
}
