/**
 * Installs the gateway in the cluster that this process is in, and runs the conformance suite; prints what failed, and exits with 1 when
 * something did.
 *
 * usage: conformance-run.ts SUITE_PROGRAM FOLDER_FOR_OUTCOMES TEST_OR_EMPTY [again]
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "./api-connection.ts";
import { besideGatewayTest, type SuiteRun, suiteArguments } from "./conformance-claim.ts";
import { createClass, installGateway } from "./gateway-install.ts";
import { resultIn, summary, type TestResult } from "./suite-output.ts";

const [suite = "", outcomes = "", only = "", again] = process.argv.slice(2);
/** More failures than these are no accident of timing. */
const mostTriedAgain = 3;

const client = await connect(process.env.KUBECONFIG ?? "");

/** Proxies beside their Gateways, instead of in the control plane's namespace. */
const besideGateways = { config: { envoyGateway: { provider: { kubernetes: { deploy: { type: "GatewayNamespace" } } } } } };

try {
  const started = Date.now();
  await installGateway(client);
  await createClass(client);
  process.stdout.write(`the gateway is installed and ready after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  let passed = true;
  if (only !== besideGatewayTest) {
    const tests = only === "" ? { skip: besideGatewayTest } : { only };
    passed = await runSuite("suite", { ...tests, report: join(outcomes, "report.yaml") });
  }
  if (only === "" || only === besideGatewayTest) {
    process.stdout.write("\nproxies beside their Gateways:\n");
    await installGateway(client, besideGateways);
    await suiteNamespacesGone();
    const report = join(outcomes, "report-beside-gateways.yaml");
    passed = (await runSuite("suite-beside-gateways", { ...(only === "" ? {} : { only }), report })) && passed;
  }
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  client.close();
}

/** Waits until the namespaces of an earlier run are gone: the suite deletes them when it ends, and makes them when it begins. */
async function suiteNamespacesGone(): Promise<void> {
  for (const end = Date.now() + 300_000; Date.now() < end; await sleep(200)) {
    const { items } = (await client.request({ method: "GET", path: "/api/v1/namespaces" })) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    };
    if (!items.some(({ metadata }) => metadata.name.startsWith("gateway-conformance"))) return;
  }
  throw new Error("the namespaces of the suite are still there after 300 s");
}

/** Runs the suite; whether all passed. Where that was asked for, what failed gets a second try by itself, which is told. */
async function runSuite(title: string, run: SuiteRun): Promise<boolean> {
  const { passed, failed } = await tryTests(title, run);
  if (passed || again === undefined || failed.length === 0 || failed.length > mostTriedAgain) return passed;
  for (const name of failed) {
    process.stdout.write(`\na second try of ${name}:\n`);
    const second = `${title}-${name}`;
    if (!(await tryTests(second, { only: name, report: join(outcomes, `${second}.yaml`) })).passed) return false;
    process.stdout.write(`${name} FAILED AT FIRST and passed at the second try\n`);
  }
  return true;
}

/** Runs tests and tells each as it ends, and the outcome. */
async function tryTests(title: string, run: SuiteRun): Promise<{ readonly passed: boolean; readonly failed: readonly string[] }> {
  const started = Date.now();
  const child = spawn(suite, suiteArguments(run), { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  const log = createWriteStream(join(outcomes, `${title}.log`));
  child.stderr.pipe(log, { end: false });
  const results: TestResult[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    log.write(`${line}\n`);
    const result = resultIn(line);
    if (result === undefined || results.some(({ name }) => name === result.name)) continue;
    results.push(result);
    if (result.outcome !== "SKIP") {
      process.stdout.write(`${result.outcome} ${result.name} ${result.seconds.toFixed(1)} s\n`);
    }
  }
  const code = await ended;
  process.stdout.write(
    `\n${summary(run.only === undefined ? results : results.filter(({ outcome }) => outcome !== "SKIP"), (Date.now() - started) / 1000)}\n`,
  );
  const ran = results.some(({ outcome }) => outcome === "PASS");
  if (code !== 0 && ran && !results.some(({ outcome }) => outcome === "FAIL")) process.stdout.write("the suite itself failed\n");
  return { passed: code === 0 && ran, failed: results.flatMap(({ name, outcome }) => (outcome === "FAIL" ? [name] : [])) };
}
