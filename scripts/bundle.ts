/**
 * Puts each program and all that it needs into a single file that a plain Node 24 runs:
 *   bundle.ts [--out DIR] [--node PATH]
 * DIR/envoy-gateway.mjs and DIR/egctl.mjs; DIR is out/bundle where it is not given. PATH is the Node that the files name in their first
 * line, for a system without a shell; where it is not given, it is the one on PATH, with the settings of scripts/launch.sh. The variable COMMIT says what commit this is where the
 * folder is no clone.
 */
import { chmodSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { chartFolder } from "../src/install/installation.ts";
import { commitFile, packageCommit } from "../src/package/commit.ts";
import { packageFile, packageFolder } from "../src/package/package-file.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: "out/bundle" }, node: { type: "string" } } });
const programs = ["envoy-gateway", "egctl"];

/** As scripts/launch.sh: see there. */
const usualNode =
  "/usr/bin/env -S MALLOC_MMAP_THRESHOLD_=65536 MALLOC_ARENA_MAX=1 node --max-semi-space-size=4 --heap-growing-percent=70";

/**
 * Node's own modules are asked for when the module runs that wants them. A plain import of a bundle comes first of all, and Node evaluates all
 * that an imported module of its own offers: the WebSocket of node:http alone, which nobody wants here, takes 40 ms and 3 MB.
 */
const nodesOwnModules: Plugin = {
  name: "Node's own modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) => {
      const name = path.replace(/^node:/, "");
      return builtinModules.includes(name) ? { path: name, namespace: "node" } : undefined;
    });
    onLoad({ filter: /./, namespace: "node" }, ({ path }) => ({
      contents: `module.exports=process.getBuiltinModule("node:${path}")`,
    }));
  },
};

/** A module of this library asks for others by a `require` that the library's own bundler made, of which esbuild knows nothing. */
const hiddenRequire: Plugin = {
  name: "hidden require",
  setup({ onLoad }) {
    onLoad({ filter: /otlp-grpc-exporter-base\/dist\/[^/]+\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll("__require(", "require("),
    }));
  },
};

await build({
  entryPoints: Object.fromEntries(programs.map((name) => [name, `src/cli/${name}.ts`])),
  outdir: values.out,
  outExtension: { ".js": ".mjs" },
  banner: { js: [`#!${values.node ?? usualNode}`, files()].join("\n") },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // The text stays in memory. Names stay, for what stack traces tell.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: "eof",
  plugins: [nodesOwnModules, hiddenRequire],
  logLevel: "warning",
});
for (const name of programs) chmodSync(join(values.out, `${name}.mjs`), 0o755);

/** Sets what `packageFile` reads: all files that the programs may ask for. The definitions in the chart they make themselves. */
function files(): string {
  const chart = packageFolder(chartFolder).filter((file) => !file.startsWith("charts/crds/crds/"));
  const paths = ["package.json", "generated/envoy.binpb", ...chart.map((file) => `${chartFolder}/${file}`)];
  const contents = [
    ...paths.map((path) => [path, packageFile(path)] as const),
    [commitFile, process.env.COMMIT || packageCommit() || ""] as const,
  ];
  const packed = contents.map(([path, content]) => [path, compress(content)]);
  return `globalThis.packageFiles=${JSON.stringify(Object.fromEntries(packed))};`;
}

function compress(content: string | Uint8Array): string {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return brotliCompressSync(content, { params }).toString("base64");
}
