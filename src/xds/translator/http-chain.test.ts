import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeResource } from "../../../test/builders/decode.ts";
import { httpListener, listenerKey } from "../../../test/builders/ir.ts";
import { xdsInput } from "../../../test/builders/xds-input.ts";
import { createGraph } from "../../graph/index.ts";
import type { HttpListener } from "../../ir/xds.ts";
import { deriveXds } from "./derive-xds.ts";
import { stableNaming } from "./names.ts";

function https(hostname: string, certificate = "default/cert"): HttpListener {
  const tls = { certificates: [certificate], alpn: ["h2", "http/1.1"] };
  const source = { kind: "Gateway", namespace: "default", name: "eg", sectionName: hostname };
  return httpListener({ name: `default/eg/${hostname}`, source, protocol: "HTTPS", port: 10443, hostname, tls });
}

function open(listeners: readonly HttpListener[]) {
  const graph = createGraph();
  const source = graph.source<HttpListener>("listeners");
  const { resources, problems } = deriveXds(graph, xdsInput(graph, { listeners: source }), {
    naming: stableNaming,
    features: [],
    readiness: false,
    systemTrustFile: "/ca.crt",
  });
  const put = (listener: HttpListener) => source.set(listenerKey(listener), listener);
  graph.batch(() => listeners.forEach(put));
  const listener = () => [...resources.values()].find(({ type }) => type === "Listener");
  return {
    put,
    remove: (hostname: string) => source.delete(listenerKey(https(hostname))),
    listener,
    chains() {
      const found = listener();
      const message = (found ? decodeResource(found) : {}) as { readonly filter_chains?: readonly { readonly name: string }[] };
      return (message.filter_chains ?? []).map(({ name }) => name.replace("https-10443/", ""));
    },
    problems: () => [...problems.values()],
    runs: (name: string) => graph.describe().nodes.find((node) => node.name === name)?.runs ?? 0,
  };
}

describe("the filter chains of HTTPS listeners", () => {
  const hostnames = Array.from({ length: 120 }, (_, i) => `h${i}.com`);

  it("are encoded one by one, and joined in the order of their listeners", () => {
    const port = open(hostnames.map((hostname) => https(hostname)));
    const before = port.runs("http filter chains");
    const [first] = port.listener()?.chunks ?? [];
    port.put(https("h7.com", "default/other"));
    assert.equal(port.runs("http filter chains") - before, 1);
    assert.deepEqual(port.chains(), open([...hostnames].reverse().map((hostname) => https(hostname))).chains());
    assert.equal(port.chains().length, 120);
    assert.deepEqual(port.listener()?.chunks[0], first);
    port.remove("h7.com");
    assert.equal(port.runs("http filter chains") - before, 1);
    assert.equal(port.chains().length, 119);
  });

  it("keep what did not change in memory", () => {
    const port = open(hostnames.map((hostname) => https(hostname)));
    const before = new Set(port.listener()?.chunks);
    port.put(https("h7.com", "default/other"));
    const after = port.listener()?.chunks ?? [];
    const fresh = after.filter((chunk) => !before.has(chunk));
    // The rest of the listener is encoded anew, and the segment that the changed one is in.
    assert.equal(fresh.length, 2);
  });

  it("that break the rules of Envoy's API harm no others on their port", () => {
    const port = open([https("good.com"), https("bad.com", "")]);
    assert.deepEqual(port.chains(), ["good.com"]);
    const [problem, ...others] = port.problems();
    assert.equal(others.length, 0);
    assert.equal(problem?.object.sectionName, "bad.com");
    assert.match(problem?.message ?? "", /Envoy would refuse the listener's filter chain/);
    port.remove("good.com");
    assert.equal(port.listener(), undefined);
  });
});
