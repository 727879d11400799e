import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { installationCases } from "../../test/install/values.ts";
import type { AccessRule } from "./access-rules.ts";
import { type Installation, installation, type Manifest } from "./installation.ts";

const release = { name: "eg", namespace: "envoy-gateway-system" };
const root = join(import.meta.dirname, "../..");

type Labels = Readonly<Record<string, string>>;
interface Workload {
  readonly selector: { readonly matchLabels: Labels };
  readonly template: {
    readonly metadata: { readonly labels: Labels };
    readonly spec: { readonly containers: readonly Container[] };
  };
}
interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: object;
}

function all({ namespace, preparation, objects }: Installation): readonly Manifest[] {
  return [namespace, ...preparation, ...objects];
}

function rulesOf(manifest: Manifest): readonly AccessRule[] {
  return /Role$/.test(manifest.kind) ? (manifest.rules as readonly AccessRule[]) : [];
}

function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name));
  assert.ok(found, `there is no ${kind} ${name}`);
  return found;
}

for (const { name, release: given = release, values } of installationCases) {
  describe(`an installation: ${name}`, () => {
    const manifests = all(installation(given, values));

    test("the Service and the rest find the pods, and every port is one of the container", () => {
      const deployment = find(manifests, "Deployment").spec as Workload;
      const { labels } = deployment.template.metadata;
      const service = find(manifests, "Service").spec as { selector: Labels; ports: readonly { targetPort: number }[] };
      const budget = manifests.find(({ kind }) => kind === "PodDisruptionBudget")?.spec as Workload | undefined;
      const selectors = [deployment.selector.matchLabels, service.selector, budget?.selector.matchLabels ?? {}];
      for (const [key, value] of selectors.flatMap(Object.entries)) assert.equal(labels[key], value);
      const ports = deployment.template.spec.containers[0]?.ports.map(({ containerPort }) => containerPort);
      assert.deepEqual(
        service.ports.map(({ targetPort }) => targetPort),
        ports,
      );
    });

    test("rights name what they are for: no wildcards, Secrets are written by certgen alone", () => {
      for (const manifest of manifests) {
        for (const { apiGroups, resources, verbs } of rulesOf(manifest)) {
          assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"));
          const reads = verbs.every((verb) => ["get", "list", "watch"].includes(verb));
          if (resources.includes("secrets") && !reads) assert.match(manifest.metadata.name, /-certgen$/);
        }
      }
    });

    test("every role is bound to a ServiceAccount that is there", () => {
      const accounts = manifests.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata);
      for (const role of manifests.filter(({ kind }) => /Role$/.test(kind))) {
        const { kind, metadata } = role;
        const bindings = manifests.filter(({ roleRef, metadata: { namespace } }) => {
          const { kind: refKind, name: refName } = (roleRef ?? {}) as Partial<Record<string, string>>;
          return refKind === kind && refName === metadata.name && namespace === metadata.namespace;
        });
        assert.equal(bindings.length, 1, metadata.name);
        const subjects = (bindings[0]?.subjects ?? []) as readonly { readonly name: string; readonly namespace: string }[];
        assert.equal(subjects.length, 1);
        for (const { name, namespace } of subjects) {
          assert.ok(accounts.some((account) => account.name === name && account.namespace === namespace));
        }
      }
    });
  });
}

describe("an installation", () => {
  test("pods have no rights on their machine", () => {
    const manifests = all(installation(release, {}));
    for (const kind of ["Deployment", "Job"]) {
      const { containers } = (find(manifests, kind).spec as Workload).template.spec;
      assert.deepEqual(containers[0]?.securityContext, {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsGroup: 65532,
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
  });

  test("that looks at some namespaces has no rights in others", () => {
    const kubernetes = { watch: { type: "Namespaces", namespaces: ["shop"] } };
    const manifests = all(installation(release, { config: { envoyGateway: { provider: { type: "Kubernetes", kubernetes } } } }));
    const wide = manifests.filter(({ kind }) => kind === "ClusterRole").flatMap(rulesOf);
    const resources = [...new Set(wide.flatMap((rule) => rule.resources))].sort();
    const own = [
      "clustertrustbundles",
      "gatewayclasses",
      "gatewayclasses/status",
      "mutatingwebhookconfigurations",
      "namespaces",
      "nodes",
    ];
    assert.deepEqual(resources, own);
    const places = manifests.flatMap(({ kind, metadata }) => (kind === "Role" ? [metadata.namespace] : []));
    assert.deepEqual([...new Set(places)].sort(), ["envoy-gateway-system", "shop"]);
  });

  test("wrong values are told by name", () => {
    assert.throws(() => installation(release, { deployment: { replica: 2 } }), /there is no deployment.replica/);
    assert.throws(() => installation(release, { deployment: { replicas: "2" } }), /deployment.replicas must be integer/);
    assert.throws(
      () => installation(release, { config: { envoyGateway: { loging: {} } } }),
      /config.envoyGateway is wrong: loging: .*unknown field "loging"/,
    );
  });

  test("the charts have the version of the program", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
    for (const chart of ["gateway-helm", "gateway-helm/charts/crds", "gateway-crds-helm"]) {
      const metadata = parse(readFileSync(join(root, "charts", chart, "Chart.yaml"), "utf8")) as Record<string, unknown>;
      assert.deepEqual([metadata.version, metadata.appVersion], [version, version], chart);
    }
  });

  test("every value that the schema knows has a default that tells of it", () => {
    const text = (file: string) => readFileSync(join(root, "charts/gateway-helm", file), "utf8");
    const paths = (value: unknown, path: string): string[] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, inner]) => [`${path}${key}`, ...paths(inner, `${path}${key}.`)])
        : [];
    const known = new Set(paths(parse(text("values.yaml")), ""));
    const schema = JSON.parse(text("values.schema.json")) as Node;
    assert.deepEqual(
      propertiesOf(schema, schema, "").filter((path) => !known.has(path)),
      [],
    );
  });
});

interface Node {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Node>>;
  readonly properties?: Readonly<Record<string, Node>>;
}

function propertiesOf(node: Node, root: Node, path: string): string[] {
  const target = node.$ref === undefined ? node : (root.$defs?.[node.$ref.replace("#/$defs/", "")] ?? {});
  return Object.entries(target.properties ?? {}).flatMap(([name, inner]) => [
    `${path}${name}`,
    ...propertiesOf(inner, root, `${path}${name}.`),
  ]);
}
