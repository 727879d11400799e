import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ManualClock, settledPromises } from "../../../test/builders/manual-clock.ts";
import { FakeApiServer } from "../../../test/kubernetes/fake-api-server.ts";
import { allCollections } from "../../../test/kubernetes/provider-rig.ts";
import { servicesOfSlice, sliceIndex } from "../../gatewayapi/endpoints.ts";
import { openObjects } from "../../gatewayapi/objects.ts";
import { createGathering, createGraph } from "../../graph/index.ts";
import { ApiError } from "../../kubernetes/api-client.ts";
import { createLogs } from "../../log/logger.ts";
import { writerTo } from "../provider.ts";
import { createKubernetesProvider } from "./kubernetes-provider.ts";

const names = ["a", "b", "c"] as const;
const namespaces = "v1/namespaces";
const secrets = "v1/secrets";
const slices = "discovery.k8s.io/v1/endpointslices";

/** What happens between the server and the provider, one thing after the other. */
const event = fc.oneof(
  fc.record({ put: fc.constantFrom(namespaces, secrets, slices), name: fc.constantFrom(...names), value: fc.nat(3) }),
  fc.record({ delete: fc.constantFrom(namespaces, secrets, slices), name: fc.constantFrom(...names) }),
  fc.record({
    refer: fc.constantFrom(...names),
    secret: fc.constantFrom(...names, "always", ""),
    service: fc.constantFrom(...names, ""),
  }),
  fc.constantFrom(
    { does: "end watches" },
    { does: "break watches" },
    { does: "forget history" },
    { does: "fail" },
    { does: "be pressed" },
    { does: "work" },
    { does: "stop streaming" },
    { does: "bookmark" },
    { does: "lose slices" },
    { does: "get slices" },
  ),
  fc.record({ turns: fc.nat(6) }),
  fc.record({ ms: fc.constantFrom(10, 1_000, 20_000, 700_000) }),
);
type Happening = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

function openRig() {
  const server = new FakeApiServer(allCollections);
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const graph = createGraph({ freeze: true, report: (error) => errors.push(error) });
  const objects = openObjects(graph);
  const byService = graph.index(sliceIndex, objects.EndpointSlice, servicesOfSlice);
  // A Namespace refers to a Secret and a Service by annotations, and sees what they hold.
  const seen = graph.derive("seen", objects.Namespace, (context, { metadata: { annotations = {} } }) => ({
    secret: annotations.secret ? (context.get(objects.Secret, `n/${annotations.secret}`)?.data?.value ?? "none") : "",
    slices: annotations.service
      ? context.list(byService, `Service/n/${annotations.service}`).map(({ metadata }) => metadata.name)
      : [],
  }));
  const gathering = createGathering(graph, { clock, report: (error) => errors.push(error) });
  const provider = createKubernetesProvider({
    ...{ client: server.client, graph, objects, writer: writerTo(objects), gathering, clock, controllerNamespace: "system" },
    unreadable: graph.source<string>("unreadable"),
    log: createLogs({}, { write: () => {} }).for("provider"),
  });
  /** Every Secret that somebody referred to and that was told to be missing while it was there. */
  const flashes: string[] = [];
  graph.subscribe(seen, ({ updates }) => {
    for (const [key, value] of updates) {
      const name = objects.Namespace.get(key)?.metadata.annotations?.secret;
      if (value?.secret === "none" && name === "always") flashes.push(key);
    }
  });
  return { server, clock, graph, objects, seen, gathering, provider, errors, flashes };
}

type Rig = ReturnType<typeof openRig>;

function put({ server }: Rig, collection: string, name: string, value: number | string): void {
  const data = { value: Buffer.from(`${value}`).toString("base64") };
  if (collection === namespaces) server.put(collection, { metadata: { name, annotations: { value: `${value}` } } });
  if (collection === secrets) server.put(collection, { metadata: { namespace: "n", name }, type: "Opaque", data });
  if (collection !== slices) return;
  const labels = { "kubernetes.io/service-name": names[Number(value)] ?? "other" };
  server.put(collection, { metadata: { namespace: "n", name, labels }, addressType: "IPv4", endpoints: [], ports: [] });
}

async function happen(rig: Rig, happening: Happening): Promise<void> {
  const { server, clock } = rig;
  if ("put" in happening) put(rig, happening.put, happening.name, happening.value);
  else if ("delete" in happening)
    server.delete(happening.delete, happening.delete === namespaces ? happening.name : `n/${happening.name}`);
  else if ("refer" in happening) {
    const { refer: name, secret, service } = happening;
    server.put(namespaces, { metadata: { name, annotations: { secret, service } } });
  } else if ("turns" in happening) for (let turn = 0; turn < happening.turns; turn++) await settledPromises();
  else if ("ms" in happening) await clock.advanceSettling(happening.ms);
  else doIt(server, happening.does);
}

function doIt(server: FakeApiServer, what: string): void {
  const deeds: Readonly<Record<string, () => void>> = {
    "end watches": () => server.dropWatches(),
    "break watches": () => server.dropWatches(new Error("connection reset")),
    "forget history": () => server.forgetHistory(),
    fail: () => {
      server.fault = () => new Error("connection refused");
    },
    "be pressed": () => {
      server.fault = () => new ApiError(429, "TooManyRequests", "later", 1);
    },
    work: () => {
      server.fault = () => undefined;
    },
    "stop streaming": () => {
      server.streams = false;
    },
    bookmark: () => server.bookmark(),
    "lose slices": () => server.serve(slices, false),
    "get slices": () => server.serve(slices),
  };
  deeds[what]?.();
}

/** What is to be seen in the end, from the server alone. */
function expected({ server }: Rig): Record<string, unknown> {
  return Object.fromEntries(
    server.keys(namespaces).map((key) => {
      const { secret = "", service = "" } = (server.get(namespaces, key)?.metadata.annotations ?? {}) as Record<string, string>;
      const found = server.get(secrets, `n/${secret}`)?.data as { value: string } | undefined;
      const belonging = server.keys(slices).filter((slice) => {
        const labels = server.get(slices, slice)?.metadata.labels as Record<string, string>;
        return service !== "" && labels["kubernetes.io/service-name"] === service;
      });
      const seen = { secret: secret === "" ? "" : (found?.value ?? "none"), slices: belonging.map((slice) => slice.slice(2)) };
      return [key, seen];
    }),
  );
}

test("whatever happens, what is seen in the end is what the server has; what nobody refers to is not kept", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (happenings) => {
      const rig = openRig();
      try {
        put(rig, secrets, "always", "there");
        rig.provider.start();
        for (const happening of happenings) await happen(rig, happening);
        rig.server.fault = () => undefined;
        rig.server.serve(slices);
        const wanted = expected(rig);
        for (let turn = 0; turn < 400; turn++) {
          for (let step = 0; step < 6; step++) await settledPromises();
          if (JSON.stringify(Object.fromEntries(rig.seen.entries())) === JSON.stringify(wanted)) break;
          await rig.clock.advanceSettling(5_000);
        }
        assert.deepEqual(Object.fromEntries(rig.seen.entries()), wanted);
        for (let turn = 0; turn < 20; turn++) await rig.clock.advanceSettling(100);
        const referred = new Set(rig.server.keys(namespaces).map((key) => annotation(rig, key, "secret")));
        for (const key of rig.objects.Secret.keys()) assert.ok(referred.has(key.slice(2)), `${key} is kept`);
        const services = new Set(rig.server.keys(namespaces).map((key) => annotation(rig, key, "service")));
        for (const { metadata } of rig.objects.EndpointSlice.values())
          assert.ok(services.has(metadata.labels?.["kubernetes.io/service-name"] ?? ""), `${metadata.name} is kept`);
        assert.deepEqual(rig.errors, []);
        assert.deepEqual(rig.flashes, []);
      } finally {
        await rig.provider.stop();
        rig.gathering.close();
        rig.graph.close();
      }
    }),
    { numRuns: 60 },
  );
});

function annotation({ server }: Rig, key: string, name: string): string {
  return ((server.get(namespaces, key)?.metadata.annotations ?? {}) as Record<string, string>)[name] ?? "";
}
