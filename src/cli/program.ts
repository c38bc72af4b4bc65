/**
 * Builds the command line from the verb values, runs the one that is called, and turns every outcome into an exit
 * code.
 */
import { Command, CommanderError, Option } from "commander";
import { ExitCode, exitCodeMeanings } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { reportFailure } from "./failure-report.ts";
import { Output, type OutputFormat, type Terminal } from "./output.ts";
import { Given, type Verb, type VerbContext, type VerbOption } from "./verb.ts";

/** The outside world as a whole run of the command sees it. */
export interface World extends Omit<VerbContext, "given" | "output"> {
  readonly terminal: Terminal;
}

/** Runs `fsd <argv…>` and answers with its exit code; it never throws. */
export async function runProgram(verbs: readonly Verb[], argv: readonly string[], world: World): Promise<number> {
  // Known before parsing, so that a usage error too comes in the form that was asked for.
  let format: OutputFormat = wantsJson(argv) ? "json" : "text";
  let code: number = ExitCode.done;
  const program = frame(new Command("fsd"), world)
    .description("Fargate Service Deploy: one YAML file per service, from a laptop to AWS ECS Fargate.")
    // Behind a verb an option is the verb's: `fsd deploy --version 1.4.2` deploys that version.
    .enablePositionalOptions()
    .version(world.version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText(
      "after",
      exampleText([{ command: "fsd deploy --env local", summary: "deploy the fsd.yml of this folder to this machine" }]),
    );
  // A command that is named in full needs no other to be known; help and a misspelled name need all.
  const named = verbs.filter(({ name }) => name.split(" ")[0] === argv[0]);
  for (const verb of named.length > 0 ? named : verbs) {
    addVerb(program, verb, world, async (given) => {
      format = given.text("output") === "json" ? "json" : "text";
      const handler = await verb.load();
      code = await handler({ ...world, given, output: new Output(format, world.terminal) });
    });
  }
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return report(error, new Output(format, world.terminal));
  }
}

function addVerb(program: Command, verb: Verb, world: World, run: (given: Given) => Promise<void>): void {
  const command = frame(groupOf(program, verb.name, world).command(verb.name.split(" ").at(-1) ?? verb.name), world).summary(verb.summary);
  command.description(verb.description === undefined ? verb.summary : `${verb.summary}\n\n${verb.description}`);
  for (const { name, summary, required = false, variadic = false } of verb.arguments ?? []) {
    const shown = variadic ? `${name}...` : name;
    command.argument(required ? `<${shown}>` : `[${shown}]`, summary);
  }
  const taken = verb.options ?? [];
  for (const option of taken) command.addOption(commanderOption(option));
  if (!taken.some(({ flags }) => flags.includes("--output"))) {
    command.addOption(
      new Option("-o, --output <format>", verb.jsonLines === true ? "text, or json: one value a line" : "text or json")
        .choices(["text", "json"])
        .default("text"),
    );
  }
  command.addHelpText("after", exampleText(verb.examples) + exitCodeText(verb));
  command.action(async () => {
    const args = Object.fromEntries((verb.arguments ?? []).map(({ name }, index) => [name, command.processedArgs[index]]));
    await run(new Given(args, command.opts()));
  });
}

/** The parent of `local up` is `local`, made when first needed. */
function groupOf(program: Command, name: string, world: World): Command {
  const words = name.split(" ").slice(0, -1);
  return words.reduce((parent, word) => {
    const present = parent.commands.find((command) => command.name() === word);
    if (present !== undefined) return present;
    return frame(parent.command(word), world).summary(groupSummaries[word] ?? word);
  }, program);
}

const groupSummaries: Readonly<Record<string, string>> = {
  local: "control the local platform",
  env: "show and render environments",
};

function commanderOption({ flags, summary, repeats = false, choices, default: fallback }: VerbOption): Option {
  const option = new Option(flags, summary);
  if (choices !== undefined) option.choices([...choices]);
  if (repeats) option.argParser<string[]>((value, before) => [...(before ?? []), value]);
  if (fallback !== undefined) option.default(fallback);
  return option;
}

function frame(command: Command, { terminal }: World): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      // Errors are printed by `report`, once.
      writeErr: () => undefined,
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    })
    .configureHelp({ sortOptions: false, sortSubcommands: false })
    .showSuggestionAfterError(true);
}

function exampleText(examples: Verb["examples"]): string {
  if (examples.length === 0) return "";
  const width = Math.max(...examples.map(({ command }) => command.length));
  return `\nExamples:\n${examples.map(({ command, summary }) => `  ${command.padEnd(width)}  # ${summary}`).join("\n")}\n`;
}

function exitCodeText({ exitCodes = [] }: Verb): string {
  const codes = [...new Set<ExitCode>([ExitCode.done, ExitCode.failed, ExitCode.usage, ...exitCodes])].sort((a, b) => a - b);
  return `\nExit codes:\n${codes.map((code) => `  ${String(code).padStart(3)}  ${exitCodeMeanings[code]}`).join("\n")}\n`;
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === "--output=json" || word === "-ojson" || (isOutput(argv[index - 1]) && word === "json"));
}

function isOutput(word: string | undefined): boolean {
  return word === "--output" || word === "-o";
}

function report(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version end commander's parsing by an error too.
    if (error.exitCode === 0) return ExitCode.done;
    // A group without its verb (`fsd local`) shows help as its error.
    if (error.code === "commander.help") return report(failure("FSD5001", "a command is missing", { hint: "fsd --help" }), output);
    const message = error.message.replace(/^error: /, "").trim();
    return report(failure("FSD5001", message, { hint: "fsd --help shows the commands, fsd <command> --help its options" }), output);
  }
  return reportFailure(error, output);
}
