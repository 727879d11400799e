import type { FileProblem } from "../api/yaml/file-problem.ts";

/** What is known of the configuration file while it is followed. Outlives the control planes that are started with it. */
export interface ConfigState {
  /** Why what the file says at present is not in force; empty when it is. */
  problems(): readonly FileProblem[];
  /** How many changes were taken up, and how many could not be. */
  applied(): number;
  refused(): number;
  /** A change was taken up. */
  apply(): void;
  /** A change could not be taken up. */
  refuse(problems: readonly FileProblem[]): void;
  /** The file says again what is in force. */
  restore(): void;
}

/** The state before any change. */
export function createConfigState(): ConfigState {
  let problems: readonly FileProblem[] = [];
  let [applied, refused] = [0, 0];
  return {
    problems: () => problems,
    applied: () => applied,
    refused: () => refused,
    apply() {
      problems = [];
      applied++;
    },
    refuse(found) {
      problems = found;
      refused++;
    },
    restore() {
      problems = [];
    },
  };
}
