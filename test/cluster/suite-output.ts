/** What the conformance suite prints, read as results (the format of `go test -v`). */

/** The result of one test of the suite. */
export interface TestResult {
  readonly name: string;
  readonly outcome: "PASS" | "FAIL" | "SKIP";
  readonly seconds: number;
}

/** The result that a line tells, of a whole test of the suite; undefined for other lines, those of parts of tests among them. */
export function resultIn(line: string): TestResult | undefined {
  const [, outcome, name, seconds] = /^ {4}--- (PASS|FAIL|SKIP): [^/]+\/([^/]+) \((\d+\.\d+)s\)$/.exec(line) ?? [];
  if (name === undefined || (outcome !== "PASS" && outcome !== "FAIL" && outcome !== "SKIP")) return undefined;
  return { name, outcome, seconds: Number(seconds) };
}

/** Tests that take longer are told. */
const slowSeconds = 5;

/** The tests that failed or were slow, the ones that were skipped but for those of meshes, and the totals. */
export function summary(results: readonly TestResult[], wallSeconds: number): string {
  const of = (outcome: TestResult["outcome"]) => results.filter((result) => result.outcome === outcome);
  const slow = results.filter(({ outcome, seconds }) => outcome === "PASS" && seconds > slowSeconds);
  const told = [...of("FAIL"), ...slow.sort((a, b) => b.seconds - a.seconds)];
  const width = Math.max(0, ...told.map(({ name }) => name.length));
  const rows = told.map(({ name, outcome, seconds }) => {
    const word = outcome === "FAIL" ? "FAILED" : "slow  ";
    return `  ${word}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s`;
  });
  const skipped = of("SKIP").map(({ name }) => name);
  const others = skipped.filter((name) => !name.startsWith("Mesh"));
  return [
    ...rows,
    ...(others.length === 0 ? [] : [`  skipped: ${others.join(", ")}`]),
    `${of("PASS").length} passed, ${of("FAIL").length} failed, ${skipped.length} skipped (${skipped.length - others.length} of meshes) in ${wallSeconds.toFixed(1)} s`,
  ].join("\n");
}
