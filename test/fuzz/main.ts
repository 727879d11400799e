/**
 * Looks for faults with random values: objects and their changes through the stages of the control plane, and histories of xDS streams.
 * Exits 1 with the smallest history that shows a fault, and how to play it again.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { messagesOf } from "../../src/gateway/translate.ts";
import { findEnvoy } from "../../src/infra/host/envoy-binary.ts";
import { issue } from "../builders/certificates.ts";
import { refusalByEnvoy } from "../envoy/validation.ts";
import { groundwork, type History, histories } from "./history.ts";
import { searchStreams } from "./streams.ts";
import { play } from "./world.ts";

const usage = `npm run fuzz [-- OPTION ...]

Writes random documents, most of them a little wrong, into the stages of the control plane. Nothing may throw, fail, be sent against
the rules of Envoy's API, or differ from a translation from scratch. Then plays random histories of xDS streams with clients that
behave like Envoy: what may not happen at any moment must not, and the end must be what it should.
  --objects N       how many objects to write (100000)
  --streams N       how many histories to play for each property of streams (20000)
  --seed N          where random numbers begin (the time)
  --path PATH       plays only the history that a failed run named, of --objects or of a --property
  --property NAME   only this property of streams, like "delta 1"
  --envoy-every N   what comes of every Nth object's history is given to Envoy itself (--mode validate), where there is one (2000)
  --envoy FILE      Envoy's binary
`;

const { values: options } = parseArgs({
  options: {
    objects: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    path: { type: "string" },
    streams: { type: "string", default: "20000" },
    property: { type: "string" },
    help: { type: "boolean" },
    "envoy-every": { type: "string", default: "2000" },
    envoy: { type: "string" },
  },
});
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const wanted = options.property === undefined ? wholeNumber("objects", options.objects) : 0;
const seed = wholeNumber("seed", options.seed);
const envoyEvery = wholeNumber("envoy-every", options["envoy-every"]);
const found = await findEnvoy({ path: options.envoy });
if ("problem" in found) console.log(`without Envoy's own validation: ${found.problem}`);

let faults = 0;
process.on("unhandledRejection", (error) => {
  faults++;
  console.error("unhandled rejection:", error);
});

const base = groundwork(await issue(["*.example.com"]));
const tally = { objects: 0, admitted: 0, refused: 0, resources: 0, validated: 0 };
const started = Date.now();
let nextEnvoy = envoyEvery;
let nextLine = wanted / 20;
let failing = false;
if (wanted > 0) console.log(`${wanted} objects, seed ${seed}`);

const property = fc.asyncProperty(histories, async (history) => {
  try {
    await run(history);
  } catch (error) {
    failing = true;
    throw error;
  }
});
for (let round = seed; tally.objects < wanted && faults === 0; round++) {
  const details = await fc.check(property, {
    numRuns: 25,
    seed: round,
    ...(options.path !== undefined && { path: options.path }),
  });
  // Unhandled rejections are told between two turns of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  if (details.failed) {
    faults++;
    console.error(fc.defaultReportMessage(details));
    console.error(details.errorInstance);
    console.error(`again: npm run fuzz -- --seed ${round} --path ${details.counterexamplePath}`);
  } else if (faults > 0) console.error(`again: npm run fuzz -- --objects 1 --seed ${round}`);
  if (options.path !== undefined) break;
}
if (wanted > 0) report();
const streams = wholeNumber("streams", options.streams);
if (options.path === undefined || options.property !== undefined)
  faults += searchStreams({ streams, seed, path: options.path, property: options.property });
process.exit(faults > 0 ? 1 : 0);

async function run(history: History): Promise<void> {
  const { admitted, refused, resources } = play(base, history);
  tally.admitted += admitted;
  tally.refused += refused;
  tally.objects += admitted + refused;
  tally.resources += resources.length;
  // While fast-check looks for a smaller history, every one is Envoy's business.
  if (!("problem" in found) && (failing || options.path !== undefined || tally.objects >= nextEnvoy)) {
    nextEnvoy = tally.objects + envoyEvery;
    tally.validated++;
    const refusal = await refusalByEnvoy(found.path, messagesOf(resources, "proto"));
    if (refusal !== undefined) throw new Error(`Envoy refuses what we send: ${refusal}`);
  }
  if (tally.objects < nextLine || failing) return;
  nextLine = tally.objects + wanted / 20;
  report();
}

function report(): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const { objects, admitted, refused, resources, validated } = tally;
  console.log(
    `${objects} objects in ${seconds} s: ${admitted} admitted, ${refused} refused, ${resources} resources; ${validated} times Envoy asked`,
  );
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number, not ${text}`);
  process.exit(2);
}
