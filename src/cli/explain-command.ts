import { type Command, Option } from "commander";
import type { ObjectExplanation, ResourceExplanation } from "../gateway/explanation.ts";
import type { Explanation, Read } from "../graph/index.ts";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { type OutputFormat, print } from "./output.ts";
import { exitCodeHelp } from "./program.ts";

/** Adds `explain`: why an object is not served, what a resource was made from. */
export function addExplainCommand(parent: Command): void {
  withAdminOption(parent.command("explain <subject>"))
    .description("tell why an object is served or not, or what an xDS resource was made from")
    .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json", "yaml"]).default("text"))
    .addHelpText(
      "after",
      `\nThe subject is KIND/NAMESPACE/NAME of an object, or TYPE/FLEET/NAME of a resource (types: Listener, RouteConfiguration, Cluster,
ClusterLoadAssignment, Secret).
\nExamples:\n  egctl x explain HTTPRoute/default/backend\n  egctl x explain RouteConfiguration/default/eg/http-80\n${exitCodeHelp}`,
    )
    .action(async (subject: string, { output, ...choice }: AdminChoice & { readonly output: OutputFormat | "text" }) => {
      // The admin API of the same version answers.
      const found = (await askAdmin(choice, `/api/explain?of=${encodeURIComponent(subject)}`)) as
        | ObjectExplanation
        | ResourceExplanation;
      if (output !== "text") return print(found, output);
      process.stdout.write(`${("object" in found ? objectLines(found) : resourceLines(found)).join("\n")}\n`);
    });
}

function objectLines({ object, inForce, problems, resources, resourceCount, fleets }: ObjectExplanation): string[] {
  const verdict = problems.length > 0 || !inForce ? "is not in order" : "is in order";
  return [
    `${object} ${verdict}${inForce ? "" : ": no valid version of it was read"}`,
    ...problems.map(({ subject, field, condition, message }) =>
      ["  problem", subject, field ?? condition, message].filter((part) => part !== undefined).join(": "),
    ),
    ...(resourceCount > 0 ? ["it is a part of"] : []),
    ...listed(
      resources.map(({ fleet, type, name }) => `${type}/${fleet}/${name}`),
      resourceCount,
    ),
    ...fleets.flatMap(fleetLines),
  ];
}

function resourceLines(found: ResourceExplanation): string[] {
  const { fleet, type, name, objects, objectCount, references, referenceCount, steps, fleetState } = found;
  return [
    `${type}/${fleet}/${name}`,
    ...(objectCount > 0 ? ["made from", ...listed(objects, objectCount)] : []),
    ...(referenceCount > 0 ? ["names", ...listed(references, referenceCount)] : []),
    "computed by",
    ...steps.map((step) => `  ${step.collection} ${step.key}${cause(step)}`),
    ...fleetLines(fleetState),
  ];
}

/** The first of `count` things, and how many more there are. */
function listed(first: readonly string[], count: number): string[] {
  return [...first.map((each) => `  ${each}`), ...(count > first.length ? [`  … ${count - first.length} more`] : [])];
}

function cause({ because, error }: Explanation): string {
  const why = because === undefined ? "" : `, last run in version ${because.version} because of ${read(because)}`;
  return error === undefined ? why : `${why}, fails: ${error}`;
}

function read({ collection, index, key }: Read): string {
  return [collection, index, key].filter((part) => part !== undefined).join(" ");
}

function fleetLines({ fleet, connected, synced, problems }: ObjectExplanation["fleets"][number]): string[] {
  const taken = synced ? "have taken everything" : "have not taken everything yet";
  const state = connected === 0 ? "no proxy is connected" : `${connected} connected, ${taken}`;
  return [`proxies of ${fleet}: ${state}`, ...problems.map((problem) => `  problem: ${problem}`)];
}
