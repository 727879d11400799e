import type { Command } from "commander";
import type { KubeObject } from "../api/schema/metadata.ts";
import { type AdminChoice, withAdminOption } from "./admin-choice.ts";
import { askAdmin } from "./admin-client.ts";
import { exitCodeHelp } from "./program.ts";
import { statusTable } from "./status-table.ts";

interface StatusOptions extends AdminChoice {
  readonly namespace: string;
  readonly allNamespaces?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Short names of kinds, those of Envoy Gateway. */
const shortNames: Readonly<Record<string, string>> = {
  gc: "gatewayclass",
  gtw: "gateway",
  btlspolicy: "backendtlspolicy",
  btp: "backendtrafficpolicy",
  ctp: "clienttrafficpolicy",
  epp: "envoypatchpolicy",
  eep: "envoyextensionpolicy",
  sp: "securitypolicy",
};

/** Adds `status`: shows the conditions of objects. */
export function addStatusCommand(parent: Command): void {
  withAdminOption(parent.command("status <kind>"))
    .description("show the conditions of objects")
    .option("-n, --namespace <namespace>", "namespace of the objects", "default")
    .option("-A, --all-namespaces", "objects of all namespaces")
    .option("-q, --quiet", "show only the last condition of each object")
    .option("-v, --verbose", "show messages, generations and times, too")
    .addHelpText(
      "after",
      `\nThe kind is gatewayclass (gc), gateway (gtw), httproute …, xroute (all routes), xpolicy (all policies) or all.
\nExamples:\n  egctl x status gateway -v\n  egctl x status all -A\n${exitCodeHelp}`,
    )
    .action(async (kind: string, options: StatusOptions) => {
      const tables = (await kindsOf(kind, options)).map(async (each) => {
        const found = await askAdmin(options, `/api/config_dump?resource=${encodeURIComponent(each)}`);
        return { kind: each, objects: Object.values(dumped(found)).find(Array.isArray) ?? [] };
      });
      process.stdout.write(render(await Promise.all(tables), options, kind.startsWith("x") || kind === "all"));
    });
}

/** Kinds with a status: all that the control plane works with but those that only hold data. */
async function kindsOf(kind: string, choice: AdminChoice): Promise<readonly string[]> {
  if (kind !== "all" && kind !== "xroute" && kind !== "xpolicy") return [shortNames[kind.toLowerCase()] ?? kind];
  const all = Object.values(dumped(await askAdmin(choice, "/api/config_dump?resource=all")))
    .filter(Array.isArray)
    .flatMap((objects: readonly KubeObject[]) => objects.filter((object) => "status" in object));
  const kinds = [...new Set(all.map((object) => object.kind.toLowerCase()))];
  const wanted = { all: /./, xroute: /route$/, xpolicy: /policy$/ }[kind];
  return kinds.filter((each) => wanted.test(each));
}

/** The admin API of the same version answers. */
function dumped(answer: unknown): Readonly<Record<string, unknown>> {
  return answer as Readonly<Record<string, unknown>>;
}

function render(
  kinds: readonly { readonly kind: string; readonly objects: readonly KubeObject[] }[],
  { namespace, allNamespaces, quiet, verbose }: StatusOptions,
  several: boolean,
): string {
  return kinds
    .map(({ kind, objects }) => {
      const shown = objects.filter(({ metadata }) => allNamespaces || (metadata.namespace ?? namespace) === namespace);
      const namespaces = allNamespaces === true && objects.some(({ metadata }) => metadata.namespace !== undefined);
      return statusTable(shown, {
        quiet: quiet === true,
        verbose: verbose === true,
        namespaces,
        ...(several ? { prefix: `${kind}/` } : {}),
      });
    })
    .join("\n");
}
