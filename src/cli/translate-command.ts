import { type Command, Option } from "commander";
import { dumpParts } from "../gateway/config-dump.ts";
import { exitCodeHelp, oneOrMoreOf, ToldFailure } from "./program.ts";

const outputs = ["gateway-api", "ir", "xds"] as const;

interface TranslateOptions {
  readonly file: readonly string[];
  readonly to: readonly (typeof outputs)[number][];
  readonly type: (typeof dumpParts)[number] | "all";
  readonly output: "yaml" | "json";
  readonly addMissingResources?: true;
  readonly configPath?: string;
  readonly standalone?: true;
  readonly namespace: string;
}

/** Adds `translate`: shows what objects come to, without a control plane. */
export function addTranslateCommand(parent: Command): void {
  parent
    .command("translate")
    .description("show what Gateway API objects become: their statuses, the IR, Envoy's configuration")
    .requiredOption("-f, --file <path...>", "files and folders with the objects; - is standard input")
    .addOption(new Option("--from <language>", "what to translate").choices(["gateway-api"]).default("gateway-api"))
    .option("--to <languages>", `what to show, separated by commas: ${outputs.join(", ")}`, oneOrMoreOf(outputs), [...outputs])
    .addOption(new Option("-t, --type <part>", "the part of the xDS to show").choices(["all", ...dumpParts]).default("all"))
    .addOption(new Option("-o, --output <format>", "output format").choices(["yaml", "json"]).default("yaml"))
    .option("--add-missing-resources", "make up the GatewayClass, Services and endpoints that the objects refer to and lack")
    .addOption(
      new Option("--standalone", "translate for proxies on this machine, like envoy-gateway server --files").conflicts(
        "configPath",
      ),
    )
    .option("-c, --config-path <file>", "configuration file of the control plane (kind EnvoyGateway) to translate with")
    .option("-n, --namespace <namespace>", "namespace of the control plane and its proxies", "envoy-gateway-system")
    .addHelpText(
      "after",
      `\nWithout --standalone or --config-path it translates as on Kubernetes: proxies listen on other ports than the listeners below 1024,
and cannot reach loopback addresses. Backends are allowed.
Objects that are refused are told on standard error; the others are translated, and the exit code is 1.
\nExamples:\n  egctl x translate --standalone -f gateway.yaml --to xds -t route\n  egctl x translate --from gateway-api --to xds,gateway-api,ir -f - -o json\n${exitCodeHelp}`,
    )
    .action(translate);
}

async function translate({
  file,
  to,
  type,
  output,
  addMissingResources,
  configPath,
  standalone,
  namespace,
}: TranslateOptions): Promise<void> {
  const [{ readObjects }, { describeFileProblem }, { translateForPeople, translationConfig }] = await Promise.all([
    import("./read-objects.ts"),
    import("../api/yaml/file-problem.ts"),
    import("../gateway/translation-report.ts"),
  ]);
  const config = translationConfig({ file: configPath, standalone });
  const { objects, problems } = await readObjects(file);
  const parts = type === "all" ? dumpParts : [type];
  const report = translateForPeople(objects, {
    config,
    to,
    parts,
    controllerNamespace: namespace,
    addMissing: addMissingResources === true,
  });
  process.stdout.write(
    output === "json"
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : (await import("../api/yaml/print-yaml.ts")).printYaml(report),
  );
  for (const problem of problems) process.stderr.write(`${describeFileProblem(problem)}\n`);
  if (problems.length > 0) throw new ToldFailure();
}
