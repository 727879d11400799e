/** What is measured: the single file that is installed for production, or the source. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildSync } from "esbuild";

const root = join(import.meta.dirname, "../..");
const probeSource = join(import.meta.dirname, "event-loop-probe.ts");

/** A control plane to measure. */
export interface MeasuredProgram {
  readonly program: string;
  /** Goes into its process beside it and tells of the event loop. In TypeScript only where the program is, too: what Node strips types with takes 20 MB. */
  readonly probe: string;
}

/** As it runs from its source. */
export const serverSource: MeasuredProgram = { program: join(root, "src/cli/envoy-gateway.ts"), probe: probeSource };

/** Bundles the control plane as it is in this folder. Throws when that fails. */
export function bundleServer(): MeasuredProgram {
  const folder = join(root, "out/bundle");
  const run = spawnSync(process.execPath, [...process.execArgv, join(root, "scripts/bundle.ts"), "--out", folder], {
    stdio: "inherit",
  });
  if (run.status !== 0) throw new Error("the control plane could not be bundled");
  const probe = join(folder, "event-loop-probe.mjs");
  buildSync({ entryPoints: [probeSource], outfile: probe, platform: "node", format: "esm" });
  return { program: join(folder, "envoy-gateway.mjs"), probe };
}
