import { Command } from "commander";
import { exitCodeHelp, runProgram } from "./program.ts";
import { addTranslateCommand } from "./translate-command.ts";
import { addValidateCommand } from "./validate-command.ts";
import { addClientVersionCommand } from "./version-command.ts";

const program = new Command("egctl")
  .description("Works with Envoy Gateway from the command line.")
  .addHelpText("after", exitCodeHelp);
const experimental = program
  .command("experimental")
  .alias("x")
  .description("commands that may still change")
  .addHelpText("after", exitCodeHelp);
addTranslateCommand(experimental);
addValidateCommand(experimental);
addClientVersionCommand(program);

process.exitCode = await runProgram(program, process.argv.slice(2));
