import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valuesOf } from "../../../../test/api/arbitrary-value.ts";
import { clusterSite, fleet } from "../../../../test/builders/fleets.ts";
import { envoyProxySpecSchema } from "../../../api/envoy/envoy-proxy.ts";
import { isObject } from "../../../api/json-object.ts";
import type { Json, KubernetesObject } from "./kubernetes-object.ts";
import { renderFleet } from "./render-fleet.ts";

/** How our own objects are told from what the user wrote in them. */
const ours = ["envoy", "shutdown-manager"];

function workloadOf(objects: readonly KubernetesObject[]): { spec: { selector: { matchLabels: Json }; template: PodTemplate } } {
  const workload = objects.find(({ kind }) => kind === "Deployment" || kind === "DaemonSet");
  return workload as unknown as ReturnType<typeof workloadOf>;
}

interface PodTemplate {
  readonly metadata: { readonly labels: Json };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly args: readonly unknown[];
      readonly volumeMounts?: readonly Json[];
    }[];
    readonly volumes: readonly Json[];
  };
}

/** No undefined, no NaN: what JSON can say. */
function assertJson(value: unknown, path: string): void {
  assert.notEqual(value, undefined, path);
  if (typeof value === "number") assert.ok(Number.isFinite(value), path);
  if (Array.isArray(value)) for (const [i, each] of value.entries()) assertJson(each, `${path}[${i}]`);
  else if (isObject(value)) for (const [key, each] of Object.entries(value)) assertJson(each, `${path}.${key}`);
}

test("whatever an EnvoyProxy says, its objects hang together and come out the same again", () => {
  fc.assert(
    fc.property(valuesOf(envoyProxySpecSchema, false), fc.boolean(), (proxy, beside) => {
      const { provider, ...rest } = proxy as { provider?: { kubernetes?: { envoyDeployment?: { patch?: unknown } } } };
      const site = { ...clusterSite, deploy: beside ? "GatewayNamespace" : "ControllerNamespace" } as const;
      const infra = fleet("default/eg", { proxy: { ...rest, ...(provider && { provider }) } });
      const { objects } = renderFleet(infra, site);
      assert.deepEqual(renderFleet(infra, site).objects, objects);
      const places = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`);
      assert.equal(new Set(places).size, places.length);
      for (const object of objects) assertJson(object, object.kind);
      const { selector, template } = workloadOf(objects).spec;
      for (const [name, value] of Object.entries(selector.matchLabels)) assert.equal(template.metadata.labels[name], value);
      const containers = template.spec.containers.filter(({ name }) => ours.includes(name));
      assert.deepEqual(
        containers.map(({ name }) => name),
        ours,
      );
      for (const { args } of containers) assert.ok(args.every((each) => typeof each === "string"));
    }),
    { numRuns: 200 },
  );
});

test("our own mounts have their volumes", () => {
  for (const deploy of ["GatewayNamespace", "ControllerNamespace"] as const) {
    const { template } = workloadOf(renderFleet(fleet("default/eg"), { ...clusterSite, deploy }).objects).spec;
    const volumes = template.spec.volumes.map(({ name }) => name);
    for (const { volumeMounts = [] } of template.spec.containers)
      for (const { name } of volumeMounts) assert.ok(volumes.includes(name));
  }
});
