/** The image of the gateway, as a folder: what the Dockerfile makes, from this checkout as it is now. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** Where the image has its Node. */
export const imageNode = "/nodejs/bin";

/** The flags that the image starts Node with. */
export const imageFlags = ["--max-semi-space-size=4", "--heap-growing-percent=70"];

/** The parts of an image in a folder. */
export function imageParts(folder: string): { readonly programs: string; readonly node: string } {
  return { programs: join(folder, "programs"), node: join(folder, "node") };
}

/** Bundles the programs into a folder: what is edited later does not get into the image. */
export async function buildGatewayImage(folder: string): Promise<void> {
  const { programs, node } = imageParts(folder);
  mkdirSync(node, { recursive: true });
  cpSync(join(checkout, "node_modules/node/bin/node"), join(node, "node"));
  const bundle = [join(checkout, "scripts/bundle.ts"), "--out", programs, "--node", `${imageNode}/node`];
  await run(process.execPath, [...process.execArgv, ...bundle], { cwd: checkout });
  for (const program of ["envoy-gateway", "egctl"]) symlinkSync(`${program}.mjs`, join(programs, program));
}
