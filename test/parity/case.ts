/** One parity case: a folder with the configuration file and the objects that Envoy Gateway was given. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { admit } from "../../src/api/admission.ts";
import type { EnvoyGateway } from "../../src/api/config/envoy-gateway.ts";
import { parseConfig } from "../../src/api/config/parse-config.ts";
import type { ApiObject } from "../../src/api/kinds.ts";
import { describeFileProblem } from "../../src/api/yaml/file-problem.ts";
import { parseYaml } from "../../src/api/yaml/parse-yaml.ts";
import { namingScheme } from "../../src/gateway/naming-scheme.ts";
import { runsOnHost } from "../../src/gateway/pipeline.ts";
import { type Translation, translate } from "../../src/gateway/translate.ts";
import { objectsIn, splitDocuments } from "../../src/provider/file/documents.ts";
import { compatibleNaming } from "../../src/xds/translator/names.ts";
import { kubernetesOf } from "./kubernetes-objects.ts";
import { asRecorded } from "./recorded-status.ts";

/** What is made of a case, in the form that compare.mjs reads. */
export interface Actual {
  readonly xds?: Translation["xds"];
  readonly status?: Readonly<Record<string, unknown>>;
  readonly kubernetes?: Readonly<Record<string, { readonly objects: readonly unknown[] }>>;
  /** `<Kind> <namespace>/<name>: why`. */
  readonly rejected: readonly string[];
}

/** A moment at which the certificates of the cases are valid, so that the outcome stays as it is. */
const recordedAt = Date.parse("2026-01-01T00:00:00Z");

/** Translates a case in the compatible naming scheme. Throws when its files cannot be read. */
export function runCase(folder: string): Actual {
  const config = readConfig(join(folder, "config.yaml"));
  const objects: ApiObject[] = [];
  const rejected: string[] = [];
  for (const document of readDocuments(join(folder, "input.yaml"))) {
    const outcome = admit(document);
    if ("object" in outcome) objects.push(asStored(outcome.object));
    else rejected.push(outcome.message);
  }
  const scheme = namingScheme(config);
  const { xds, ir, statuses } = translate(objects, {
    config,
    now: recordedAt,
    scheme: scheme.compatible ? scheme : { naming: compatibleNaming, compatible: true },
  });
  const fleets = Object.values(ir).flatMap(({ infra }) => infra ?? []);
  return { xds, status: asRecorded(statuses), kubernetes: runsOnHost(config) ? {} : kubernetesOf(config, fleets), rejected };
}

/** An API server gives every object an identity; the files of the cases leave it out, this is the one of the class they were recorded with. */
function asStored(object: ApiObject): ApiObject {
  if (object.kind !== "GatewayClass") return object;
  return { ...object, metadata: { uid: "test-owner-reference-uid-for-gatewayclass", ...object.metadata } };
}

function readConfig(file: string): EnvoyGateway {
  const parsed = parseConfig(readFileSync(file, "utf8"), file);
  if ("config" in parsed) return parsed.config;
  throw new Error(parsed.problems.map(describeFileProblem).join("\n"));
}

function readDocuments(file: string): readonly unknown[] {
  return splitDocuments(readFileSync(file, "utf8")).flatMap(({ text, line }) => {
    const parsed = parseYaml(text);
    if ("error" in parsed) throw new Error(describeFileProblem({ file, ...parsed.error, line: line + parsed.error.line - 1 }));
    return objectsIn(parsed.value).map(({ value }) => value);
  });
}
