import { Command } from "commander";
import { addCertgenCommand } from "./certgen-command.ts";
import { addCrdsCommand } from "./crds-command.ts";
import { addEnvoyCommand } from "./envoy-command.ts";
import { exitCodeHelp, runProgram } from "./program.ts";
import { addServerCommand } from "./server-command.ts";
import { addVersionCommand } from "./version-command.ts";

const program = new Command("envoy-gateway")
  .description("Runs Envoy proxies that are described with the Gateway API.")
  .addHelpText("after", exitCodeHelp);
addServerCommand(program);
addCertgenCommand(program);
addCrdsCommand(program);
addEnvoyCommand(program);
addVersionCommand(program);

process.exitCode = await runProgram(program, process.argv.slice(2));
