import { Command } from "commander";
import { addCollectCommand } from "./collect-command.ts";
import { addConfigCommand } from "./config-command.ts";
import { addDashboardCommand } from "./dashboard-command.ts";
import { addExplainCommand } from "./explain-command.ts";
import { addInstallCommand, addUninstallCommand } from "./install-command.ts";
import { exitCodeHelp, runProgram } from "./program.ts";
import { addStatsCommand } from "./stats-command.ts";
import { addStatusCommand } from "./status-command.ts";
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
addStatusCommand(experimental);
addExplainCommand(experimental);
addStatsCommand(experimental);
addCollectCommand(experimental);
addDashboardCommand(experimental);
addInstallCommand(experimental);
addUninstallCommand(experimental);
addConfigCommand(program);
addClientVersionCommand(program);

process.exitCode = await runProgram(program, process.argv.slice(2));
