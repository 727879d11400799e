/** Writes the files of the charts that follow from the kinds. Run it after a change of a schema. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { definitionsFolder, generatedFiles, standardFolder } from "../src/install/generated-files.ts";

for (const folder of [definitionsFolder, standardFolder]) rmSync(folder, { recursive: true, force: true });
for (const [path, text] of Object.entries(generatedFiles())) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
