/** Writes docs/reference/<kind>.md for every kind that is built. Run it after a change of a schema. */
import { mkdirSync, writeFileSync } from "node:fs";
import { builtKinds } from "../src/api/kinds.ts";
import { referencePage } from "../src/api/schema/reference.ts";

mkdirSync("docs/reference", { recursive: true });
for (const kind of builtKinds) writeFileSync(`docs/reference/${kind.kind.toLowerCase()}.md`, referencePage(kind));
