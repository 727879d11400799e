/** Helm charts: their files, and what they make of values. Source: https://helm.sh/docs/topics/charts */
import { isObject } from "../api/json-object.ts";
import { parseYaml } from "../api/yaml/parse-yaml.ts";
import { packageFile, packageFolder } from "../package/package-file.ts";
import { overlay } from "./template/functions.ts";
import { parseTemplate } from "./template/parse-template.ts";
import { render } from "./template/render.ts";
import type { Templates } from "./template/syntax.ts";

/** Values of a chart. */
export type Values = Readonly<Record<string, unknown>>;

/** A chart and the charts in it. */
export interface Chart {
  readonly metadata: Values;
  readonly values: Values;
  /** The JSON schema of the values, where there is one. */
  readonly schema: object | undefined;
  /** By path below the chart. */
  readonly templates: Readonly<Record<string, string>>;
  readonly charts: readonly Chart[];
}

/** What Helm calls a release: an installation of a chart. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
}

const schemaFile = "values.schema.json";

/** Reads a chart of the package. Its definitions (`crds/`) are left out: the program makes them itself. */
export function readChart(folder: string): Chart {
  return readFiles(folder, packageFolder(folder));
}

function readFiles(folder: string, files: readonly string[]): Chart {
  const text = (path: string) => packageFile(`${folder}/${path}`).toString("utf8");
  const below = (start: string) => files.filter((file) => file.startsWith(start)).map((file) => file.slice(start.length));
  const charts = [...new Set(below("charts/").map((file) => file.split("/")[0] ?? ""))];
  return {
    metadata: fieldsOf(text("Chart.yaml")),
    values: fieldsOf(text("values.yaml")),
    schema: files.includes(schemaFile) ? (JSON.parse(text(schemaFile)) as object) : undefined,
    templates: Object.fromEntries(below("templates/").map((file) => [`templates/${file}`, text(`templates/${file}`)])),
    charts: charts.map((name) => readFiles(`${folder}/charts/${name}`, below(`charts/${name}/`))),
  };
}

/** The values of a chart with those of the user over them; a null takes a value away. */
export function valuesOf(chart: Chart, given: Values): Values {
  return withoutNulls(overlay(chart.values, given)) as Values;
}

/**
 * The text of every template of a chart that makes objects, and of the charts in it that its values switch on. Throws what is wrong
 * in a template, or what a template asks for that the values do not hold.
 */
export function renderChart(chart: Chart, values: Values, release: Release): readonly string[] {
  const templates: Templates = new Map();
  for (const [path, text] of Object.entries(chart.templates)) parseTemplate(path, text, templates);
  const data = {
    Values: values,
    Chart: { Name: chart.metadata.name, Version: chart.metadata.version, AppVersion: chart.metadata.appVersion },
    Release: { Name: release.name, Namespace: release.namespace, Service: "Helm" },
  };
  const own = Object.keys(chart.templates).filter((path) => path.endsWith(".yaml"));
  const inner = chart.charts.filter((each) => isOn(chart, each, values));
  return [
    ...inner.flatMap((each) => {
      const theirs = values[String(each.metadata.name)];
      return renderChart(each, valuesOf(each, { ...(isObject(theirs) ? theirs : {}), global: values.global }), release);
    }),
    ...own.map((path) => render(templates, path, data)),
  ];
}

/** Whether the condition of a dependency holds: a path of values, which must not be false. */
function isOn(chart: Chart, dependency: Chart, values: Values): boolean {
  const entries: readonly unknown[] = Array.isArray(chart.metadata.dependencies) ? chart.metadata.dependencies : [];
  const entry = entries.filter(isObject).find(({ name }) => name === dependency.metadata.name);
  const path = typeof entry?.condition === "string" ? entry.condition.split(".") : [];
  return path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), values) !== false;
}

function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const left = Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)] as const]));
  return Object.fromEntries(left);
}

function fieldsOf(text: string): Values {
  const parsed = parseYaml(text);
  if ("error" in parsed || !isObject(parsed.value)) throw new Error("a chart's own files must hold objects");
  return parsed.value;
}
