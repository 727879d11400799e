import assert from "node:assert/strict";
import { test } from "node:test";
import { renderBootstrap } from "./bootstrap.ts";
import { type BootstrapChange, customBootstrap } from "./custom-bootstrap.ts";

const rendered = renderBootstrap({
  node: { id: "default/eg", cluster: "default/eg" },
  xds: { address: "127.0.0.1", port: 18000 },
  certificates: { certificate: "/certificate.json", trustedCa: "/ca.json" },
  systemTrustFile: "/system.pem",
});

/** What the tests look at. */
interface Changed {
  readonly static_resources: { readonly clusters: readonly { readonly name: string; readonly alt_stat_name?: string }[] };
  readonly overload_manager: { readonly refresh_interval: string; readonly resource_monitors: readonly unknown[] };
  readonly dynamic_resources: { readonly lds_config: { readonly initial_fetch_timeout: string } };
}

function apply(change: Partial<BootstrapChange>) {
  return customBootstrap(rendered, { type: "Replace", ...change } as BootstrapChange);
}

function changed(change: Partial<BootstrapChange>): Changed {
  const custom = apply(change);
  assert.ok("bootstrap" in custom, "mistake" in custom ? custom.mistake : "");
  return custom.bootstrap as unknown as Changed;
}

function mistake(change: Partial<BootstrapChange>): string {
  const custom = apply(change);
  return "mistake" in custom ? custom.mistake : "";
}

const names = ({ static_resources }: Changed) => static_resources.clusters.map(({ name }) => name);

test("Merge adds to lists and replaces values", () => {
  const value = "overload_manager:\n  refresh_interval: 1s\nstatic_resources:\n  clusters: [{name: own, type: STATIC}]\n";
  const bootstrap = changed({ type: "Merge", value });
  assert.equal(bootstrap.overload_manager.refresh_interval, "1s");
  assert.equal(bootstrap.overload_manager.resource_monitors.length, 1);
  assert.deepEqual(names(bootstrap), ["xds_cluster", "own"]);
});

test("Replace keeps nothing but what a proxy needs to reach the control plane", () => {
  const bootstrap = changed({ value: "static_resources:\n  clusters: [{name: own, type: STATIC}]\n" });
  assert.deepEqual(names(bootstrap), ["own", "xds_cluster"]);
  assert.deepEqual(Object.keys(bootstrap).sort(), ["admin", "dynamic_resources", "node", "static_resources"]);
});

test("JSONPatch addresses by the names of the .proto files", () => {
  const jsonPatches = [
    { op: "replace", path: "/overload_manager/refresh_interval", value: "2s" },
    { op: "add", jsonPath: "$.static_resources.clusters[?@.name=='xds_cluster']", path: "/alt_stat_name", value: "eg" },
  ] as const;
  const bootstrap = changed({ type: "JSONPatch", jsonPatches });
  assert.equal(bootstrap.overload_manager.refresh_interval, "2s");
  assert.equal(bootstrap.static_resources.clusters[0]?.alt_stat_name, "eg");
});

test("a bootstrap that Envoy would refuse is refused, with the place", () => {
  assert.match(mistake({ type: "Merge", value: "nobody_knows: 1" }), /nobody_knows/);
  assert.match(mistake({ type: "Merge", value: "admin:\n- x: [" }), /^value: line \d/);
  assert.match(mistake({ value: "text" }), /^value: a bootstrap is an object/);
  assert.match(mistake({ type: "Merge", value: "static_resources: {clusters: [{type: STATIC}]}" }), /name/);
  assert.match(
    mistake({ type: "JSONPatch", jsonPatches: [{ op: "remove", path: "/none" }] }),
    /^jsonPatches\[0\]: remove \/none/,
  );
});

test("the way to the control plane stays", () => {
  const elsewhere = "static_resources:\n  clusters:\n  - {name: xds_cluster, type: STATIC, load_assignment: {cluster_name: x}}\n";
  assert.match(mistake({ value: elsewhere }), /load_assignment of the cluster xds_cluster must stay/);
  assert.match(
    mistake({ type: "JSONPatch", jsonPatches: [{ op: "remove", path: "/static_resources/clusters/0" }] }),
    /must stay/,
  );
  assert.match(mistake({ value: "dynamic_resources: {}" }), /dynamic_resources must stay/);
  const patient = "dynamic_resources:\n  lds_config: {initial_fetch_timeout: 3s}\n";
  assert.equal(changed({ type: "Merge", value: patient }).dynamic_resources.lds_config.initial_fetch_timeout, "3s");
});
