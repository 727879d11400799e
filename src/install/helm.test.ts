import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { helm, helmBinary } from "../../test/install/helm.ts";
import { installationCases } from "../../test/install/values.ts";
import { chartFolder, definitions, installation, type Manifest } from "./installation.ts";

const skip = helmBinary() === undefined;
const root = join(import.meta.dirname, "../..");
const chart = join(root, chartFolder);

describe("the charts and the real Helm", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "helm-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("lint finds nothing wrong with the charts", () => {
    helm(["lint", "--strict", chart, join(root, "charts/gateway-crds-helm")]);
  });

  for (const { name, release = { name: "eg", namespace: "envoy-gateway-system" }, values } of installationCases) {
    test(`we make the objects that Helm makes: ${name}`, () => {
      const file = join(folder, "values.json");
      writeFileSync(file, JSON.stringify(values));
      const printed = helm(["template", release.name, chart, "--namespace", release.namespace, "--values", file]) ?? "";
      const ours = installation(release, values);
      assert.deepEqual(comparable([...ours.preparation, ...ours.objects]), comparable(documents(printed)));
    });
  }

  test("the definitions in both charts are those of our kinds", () => {
    const ours = comparable(definitions());
    const included = documents(helm(["template", chart, "--include-crds"]) ?? "");
    assert.deepEqual(comparable(included.filter(({ kind }) => kind === "CustomResourceDefinition")), ours);
    assert.deepEqual(comparable(documents(helm(["template", join(root, "charts/gateway-crds-helm")]) ?? "")), ours);
  });

  test("the definitions are those of the channel and the groups that the values name", () => {
    const printed = (...values: readonly string[]) =>
      documents(helm(["template", join(root, "charts/gateway-crds-helm"), ...values.flatMap((each) => ["--set", each])]) ?? "");
    const channel = "gateway.networking.k8s.io/channel";
    const channels = (manifests: readonly Manifest[]) => [
      ...new Set(manifests.map(({ metadata }) => metadata.annotations?.[channel] ?? "none")),
    ];
    assert.deepEqual(channels(printed("crds.gatewayAPI.channel=standard")), ["standard", "none"]);
    assert.deepEqual(channels(printed("crds.gatewayAPI.channel=standard", "crds.envoyGateway.enabled=false")), ["standard"]);
    assert.deepEqual(channels(printed("crds.envoyGateway.enabled=false")), ["experimental"]);
    assert.deepEqual(channels(printed("crds.gatewayAPI.enabled=false")), ["none"]);
  });
});

function documents(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: "1.1" }).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [value as Manifest];
  });
}

/** Sorted, the texts of ConfigMaps read, and without what only `egctl` writes. */
function comparable(manifests: readonly Manifest[]): readonly object[] {
  const key = ({ kind, metadata: { namespace = "", name } }: Manifest) => `${kind} ${namespace}/${name}`;
  return manifests
    .filter(({ kind }) => kind !== "Namespace")
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    .map((manifest) => {
      const data = manifest.data as Readonly<Record<string, string>> | undefined;
      const entries = Object.entries(manifest.metadata.annotations ?? {}).filter(([name]) => !name.startsWith("meta.helm.sh/"));
      return {
        ...manifest,
        metadata: { ...manifest.metadata, annotations: Object.fromEntries(entries) },
        data: data && Object.fromEntries(Object.entries(data).map(([name, text]) => [name, documents(text)])),
      };
    });
}
