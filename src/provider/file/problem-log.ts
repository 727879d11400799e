import { describeFileProblem, type FileProblem } from "../../api/yaml/file-problem.ts";
import type { Logger } from "../../log/logger.ts";

/** Tells the log about problems: each once when it comes up, and once when it is gone. */
export interface ProblemLog {
  update(problems: readonly FileProblem[]): void;
}

/** Makes a log that has told nothing yet. */
export function createProblemLog(log: Logger): ProblemLog {
  let told: ReadonlyMap<string, FileProblem> = new Map();
  return {
    update(problems) {
      const now = new Map(problems.map((problem) => [describeFileProblem(problem), problem]));
      for (const [text, problem] of now)
        if (!told.has(text)) log.error(text, { file: problem.file, ...(problem.line !== undefined && { line: problem.line }) });
      const solved = [...told.keys()].filter((text) => !now.has(text));
      if (solved.length > 0 && now.size === 0) log.info("all files are in order again", { solved: solved.length });
      told = now;
    },
  };
}
