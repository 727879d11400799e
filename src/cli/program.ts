import { type Command, CommanderError, InvalidArgumentError } from "commander";

/** What our commands exit with. Shown in `--help`. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

/** Text that ends every `--help`. */
export const exitCodeHelp = "\nExit codes: 0 success, 1 failure (told on standard error), 2 wrong usage.";

/** A failure that was already told in full; only the exit code is left to give. */
export class ToldFailure extends Error {}

/**
 * Runs a command line and gives the exit code. Wrong usage is told with a hint at `--help`, a failure in one line, and an error of the
 * program itself with its stack.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error) => {
    if ("code" in error && error.code === "EPIPE") process.exit(exitCodes.ok);
    throw error;
  });
  for (const command of withSubcommands(program)) command.exitOverride().showHelpAfterError(`(see ${pathOf(command)} --help)`);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (!(error instanceof ToldFailure)) process.stderr.write(`${describe(error)}\n`);
    return exitCodes.failure;
  }
}

/** Fails the command as wrong usage, with the same wording as wrong options. */
export function failUsage(command: Command, message: string): never {
  return command.error(`error: ${message}`, { exitCode: exitCodes.usage, code: "usage" });
}

/** A parser of an option that takes one of `choices`, or several of them separated by commas. */
export function oneOrMoreOf<const T extends string>(choices: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(",").map((part) => {
      const choice = choices.find((candidate) => candidate === part.trim());
      if (choice === undefined) throw new InvalidArgumentError(`"${part}" is not one of ${choices.join(", ")}.`);
      return choice;
    });
}

/** Bugs have these types; everything else that is thrown is about the outside world and needs no stack. */
const bugs = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError];

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const internal = bugs.some((type) => error.constructor === type);
  return internal ? `internal error: ${error.stack ?? error.message}` : `error: ${error.message}`;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
