/** Traffic to Services: rules of the kernel's packet filter that lead it to endpoints. */
import { spawn } from "node:child_process";
import { nodeAddress, podRange } from "../addresses.ts";
import { type EndpointSlice, keyOf, type Service, type ServicePort } from "./objects.ts";

/** The IPv4 endpoints of a Service's port in the Service's slices, as `address:port`, in order. Those that end are used where there are no others. */
export function endpointsOf(port: ServicePort, slices: Iterable<EndpointSlice>): string[] {
  const ready = new Set<string>();
  const serving = new Set<string>();
  for (const slice of slices) {
    if (slice.addressType !== "IPv4") continue;
    const target = slice.ports?.find(
      ({ name = "", protocol = "TCP" }) => name === (port.name ?? "") && protocol === (port.protocol ?? "TCP"),
    );
    if (target?.port === undefined) continue;
    for (const { addresses, conditions = {} } of slice.endpoints ?? []) {
      const endpoint = `${addresses[0]}:${target.port}`;
      if (conditions.ready !== false) ready.add(endpoint);
      else if (conditions.serving === true) serving.add(endpoint);
    }
  }
  return [...(ready.size > 0 ? ready : serving)].sort();
}

/** Slices by the Service that they belong to, `namespace/name`. */
export function groupSlices(slices: Iterable<EndpointSlice>): ReadonlyMap<string, readonly EndpointSlice[]> {
  return Map.groupBy(slices, ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`);
}

/**
 * The rules for all Services, as a script for `nft -f` that replaces the rules that were there. `loadBalancers` has the addresses of
 * Services of that type, by UID.
 */
export function serviceRules(
  services: Iterable<Service>,
  slices: Iterable<EndpointSlice>,
  loadBalancers: ReadonlyMap<string, string>,
): string {
  const bySlice = groupSlices(slices);
  const chains: string[] = [];
  const rules: string[] = [];
  for (const service of [...services].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const { clusterIP, externalIPs = [], ports = [] } = service.spec;
    const addresses = [clusterIP, ...externalIPs, loadBalancers.get(service.metadata.uid)].filter(
      (address) => address !== undefined && address !== "None" && address !== "" && !address.includes(":"),
    );
    if (addresses.length === 0) continue;
    for (const port of ports) {
      const endpoints = endpointsOf(port, bySlice.get(keyOf(service)) ?? []);
      const protocol = (port.protocol ?? "TCP").toLowerCase();
      if (endpoints.length === 0 || protocol === "sctp") continue;
      const chain = `service${chains.length}`;
      const choices = endpoints.map((_, index) => `${index} : goto ${chain}-${index}`);
      chains.push(
        ...endpoints.map((endpoint, index) => `  chain ${chain}-${index} { meta l4proto ${protocol} dnat to ${endpoint}; }`),
        `  chain ${chain} { numgen random mod ${endpoints.length} vmap { ${choices.join(", ")} }; }`,
      );
      rules.push(`    ip daddr { ${[...new Set(addresses)].join(", ")} } ${protocol} dport ${port.port} goto ${chain};`);
    }
  }
  return `table ip services
delete table ip services
table ip services {
${chains.join("\n")}
  chain lead {
${rules.join("\n")}
  }
  chain prerouting { type nat hook prerouting priority dstnat; jump lead; }
  chain output { type nat hook output priority -100; jump lead; }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ct status dnat ip saddr ${podRange} ip saddr != ${nodeAddress} masquerade;
  }
}
`;
}

/** Makes rules current; calls may come at any rate, and the last rules win. */
export function createRuleWriter(makeRules: () => string): () => void {
  let last = "";
  let [busy, again] = [false, false];
  const write = async () => {
    busy = true;
    do {
      again = false;
      // Changes come in groups.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const rules = makeRules();
      if (rules !== last) await load(rules);
      last = rules;
    } while (again);
    busy = false;
  };
  return () => {
    again = true;
    if (!busy) write().catch((error: unknown) => console.log("rules:", error));
  };
}

function load(rules: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", ["-f", "-"], { stdio: ["pipe", "ignore", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`nft ended with ${code}`))));
    child.stdin.end(rules);
  });
}
