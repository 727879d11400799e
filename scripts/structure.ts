/**
 * Checks the structure of `src/`: imports follow the flow of data (docs/architecture.md), there are no import cycles, and no
 * file is longer than 400 lines. Prints every breach and exits 1 when there is one.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** For each top folder of `src/`, the other top folders that it may import. Type-only imports count like all others. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ir: [],
  graph: [],
  log: [],
  certificates: [],
  kubernetes: ["api", "log"],
  package: [],
  install: ["api", "certificates", "kubernetes", "package"],
  telemetry: ["log"],
  shutdown: ["log"],
  api: ["features"],
  gatewayapi: ["api", "graph", "ir"],
  features: ["api", "graph", "ir", "gatewayapi"],
  xds: ["api", "graph", "ir", "gatewayapi", "features", "log", "certificates", "package"],
  provider: ["api", "graph", "gatewayapi", "log", "kubernetes"],
  infra: ["api", "graph", "ir", "xds", "log", "certificates", "kubernetes"],
  admin: ["api", "graph", "ir", "gatewayapi", "log"],
  gateway: [
    "api",
    "graph",
    "ir",
    "gatewayapi",
    "features",
    "xds",
    "provider",
    "infra",
    "admin",
    "log",
    "certificates",
    "kubernetes",
    "telemetry",
    "package",
  ],
  cli: [
    "api",
    "graph",
    "ir",
    "gatewayapi",
    "features",
    "xds",
    "provider",
    "infra",
    "admin",
    "gateway",
    "log",
    "certificates",
    "kubernetes",
    "install",
    "package",
    "shutdown",
  ],
};
const longest = 400;

const files = globSync("src/**/*.ts").sort();
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const breaches = [...files.flatMap(tooLong), ...files.flatMap(againstTheFlow), ...cycles()];
for (const breach of breaches) console.error(breach);
process.exit(breaches.length > 0 ? 1 : 0);

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;"']*?from\s*["'](\.[^"']+)["']|import\(\s*["'](\.[^"']+)["']\s*\)/g,
  );
  return [...found].map(([, fixed, dynamic]) => normalize(join(dirname(file), fixed ?? dynamic ?? "")));
}

function tooLong(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n").length - 1;
  return lines > longest ? [`${file}: ${lines} lines, at most ${longest}: split it by idea`] : [];
}

function againstTheFlow(file: string): string[] {
  const from = layerOf(file);
  const allowed = mayImport[from];
  if (allowed === undefined) return [`${file}: the folder src/${from} is not in the list of layers (scripts/structure.ts)`];
  return (imports.get(file) ?? []).flatMap((target) => {
    const to = layerOf(target);
    if (to === from || allowed.includes(to)) {
      const schemaOnly = from === "api" && to === "features" && !target.endsWith("/schema.ts");
      return schemaOnly ? [`${file}: api may import only the schema.ts of a feature, not ${target}`] : [];
    }
    const testing = file.endsWith(".test.ts");
    return testing ? [] : [`${file}: src/${from} may not import src/${to} (${target})`];
  });
}

function layerOf(file: string): string {
  return file.split("/")[1] ?? "";
}

/** Depth-first search; each cycle is told once, from its alphabetically first file. */
function cycles(): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      const ring = path.slice(at);
      const first = ring.indexOf([...ring].sort()[0] ?? file);
      found.add(`import cycle: ${[...ring.slice(first), ...ring.slice(0, first)].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return [...found].sort();
}
