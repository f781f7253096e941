/**
 * The command line: finds the command that was named, loads it, runs it, and turns what comes back
 * into an exit code. A refusal is the caller's fault and is said in a sentence; anything else that
 * is thrown is our own fault and says so.
 */
import { Command, CommanderError } from "commander";
import { type Gate, type Phase, phaseBehind } from "../protocol/language/gates.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { VERSION } from "../protocol/language/version.ts";
import { byId } from "./by-id.ts";
import { COMMANDS, type CommandModule } from "./commands.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { type Io, processIo } from "./io.ts";
import { refusalText } from "./print.ts";

export { quietIo } from "./io.ts";

/** Called by the launcher, which knows how to load a command's bundle. */
export async function start(load: (command: string) => CommandModule): Promise<void> {
  const io = processIo();
  const settled = untilSettled(io);
  const code = await main(process.argv.slice(2), io, load);
  settled();
  // A write that failed is heard of a turn later.
  await new Promise((othersWent) => setImmediate(othersWent));
  process.exitCode = unlessOutputFailed(code, io);
}

/**
 * A promise keeps no process alive: where nothing else does and the work has not settled, Node leaves
 * as if all were well. What is returned is called when the work has.
 */
function untilSettled(io: Io): () => void {
  const { err } = io;
  const leave = () => {
    process.exitCode = EXIT.ownFault;
    err(
      `${io.paintErr.red("our own fault")}: what was asked for never settled; please report it\n`,
    );
    err("what is durable stands: `pgs list` shows it\n");
  };
  process.once("beforeExit", leave);
  return () => void process.off("beforeExit", leave);
}

/** An answer that could not be printed is not done, whatever it says. */
function unlessOutputFailed(code: number, io: Io): number {
  const outEnd = io.outEnd();
  if (code !== EXIT.done || !(outEnd instanceof Refusal)) return code;
  return failed(outEnd, false, io);
}

export async function main(
  args: readonly string[],
  io: Io,
  load: (command: string) => CommandModule,
): Promise<number> {
  let code: number = EXIT.done;
  const program = describe(io);
  // The others are needed by who looks for one: in the help, or under a name that is none.
  const named = COMMANDS.filter(({ name }) => name === args[0]);
  for (const { name, summary } of named.length === 0 ? COMMANDS : named) {
    const command = program.command(name).description(summary);
    settle(command, io);
    if (name === args[0]) {
      load(name).define(command, io, (result) => {
        code = result;
      });
    }
  }
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    return failed(error, args.includes("--json"), io);
  }
}

function describe(io: Io): Command {
  const program = new Command("pgs");
  program
    .description("Compile protocols, run them, and prove what happened.")
    .version(VERSION, "-V, --version", "print the version")
    .helpCommand("help [command]", "show a command's help")
    .addHelpText("after", "\nBegin with: pgs run --help, pgs compile --help\n");
  settle(program, io);
  return program;
}

function settle(command: Command, io: Io): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .helpOption("-h, --help", "show this help");
}

function failed(error: unknown, wantsJson: boolean, io: Io): number {
  // Where standard output takes no more, why is said to the one who watches.
  const json = wantsJson && io.outEnd() === undefined;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    if (json) io.out(`${JSON.stringify({ refused: wrongUse(error) })}\n`);
    return EXIT.usage;
  }
  if (error instanceof Refusal) {
    const { code, message, problems, hint, trace } = error;
    const told = byId({ code, message, problems, hint, trace });
    const refused = { ...told, ...stoppedAt(error) };
    if (json) io.out(`${JSON.stringify({ refused })}\n`);
    else io.err(refusalText(error, io.paintErr));
    return exitCodeOf(error.family);
  }
  if (json) io.out(`${JSON.stringify({ own_fault: { message: String(error) } })}\n`);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`${io.paintErr.red("our own fault")}: this should not have happened; please report it\n`);
  io.err(`${trace}\n`);
  return EXIT.ownFault;
}

/** Where a start stopped; nothing, of what was refused later. */
function stoppedAt({ gate }: Refusal): { readonly phase?: Phase; readonly gate?: Gate } {
  return gate === undefined ? {} : { phase: phaseBehind(gate), gate };
}

/** `commander.unknownOption` as the code `usage/unknown-option`. */
function wrongUse({ code, message }: CommanderError): object {
  const words = code
    .replace(/^commander\./, "")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { code: `usage/${words}`, message: message.replace(/^error: /, ""), problems: [] };
}
