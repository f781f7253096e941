/**
 * `pgs signal`: tells an execution that waits what it waits for, where a policy and its own sealed
 * graph let who asks say it, and says what came of it.
 */
import type { Command } from "commander";
import { isWaiting, type Signalled } from "../../runtime/index.ts";
import { endText, exitOf, traceText } from "../answer-text.ts";
import { openEngine, recoveryMember, recoveryText, unwrittenText } from "../engine.ts";
import type { Io } from "../io.ts";
import { actOn, openingFor } from "../one-act.ts";
import {
  jsonOption,
  runtimeOptions,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { readPayload } from "../payload.ts";
import { traceFile } from "../projections.ts";
import { waitsText } from "../waits-text.ts";

interface Options extends WorkspaceOptions {
  readonly payload: string;
  readonly node?: string;
  readonly session?: string;
  readonly wait?: string;
}

const NOTES = `
\`pgs list --waiting\` shows which executions wait, for what, and until when. The name of a signal is
the outcome that it leads to. Its payload is held against the schema that was sealed with the snapshot
that the execution runs under. Where several nodes wait for the same, \`--node\` says which is meant,
as the list names it: \`each[3]/approve\`.

Policies decide who may say it (the act \`pgs.signal\`); beside them, a protocol may ask for several
different people, and that none of them be who asked for the execution. A signal that comes too late,
a second time from the same person, or for which nothing waits is refused, and recorded.

Exit codes: 0 it was enough, and the execution has ended; 2 wrong use; 4 refused; 5 the execution
ended on its fault route; 6 the ledger does not hold; 7 the data root is held, or there is no room;
8 it counts, and the execution still waits, for more people or for something else; 12 the
configuration is wrong.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(waitOption(runtimeOptions(command)))
    .argument("<trace>", "the id of the execution's trace")
    .argument("<name>", "the signal: the outcome that it leads to")
    .requiredOption("--payload <file>", "what is said with it, as JSON; - for standard input")
    .option("--node <name>", "the node that is told, where several wait for the same")
    .option("--session <credential>", "on behalf of a session (better: PGS_SESSION)")
    .addHelpText("after", NOTES)
    .action(async (trace: string, name: string, options: Options) => {
      done(await signal({ trace, name, options }, io));
    });
}

interface Asked {
  readonly trace: string;
  readonly name: string;
  readonly options: Options;
}

async function signal({ trace, name, options }: Asked, io: Io): Promise<number> {
  const workspace = await workspaceOf(options, io);
  const { session } = workspace.config;
  const payload = await readPayload(options.payload, io);
  const { node } = options;
  const who = session === undefined ? {} : { session };
  const engine = await openEngine(openingFor(workspace, { asked: who }), io);
  const given = { trace, name, payload, ...(node === undefined ? {} : { node }), ...who };
  const { done: signalled, unwritten } = await actOn(engine, (runtime) => runtime.signal(given));
  const file = traceFile(trace, workspace);
  if (options.json === true) {
    io.out(`${JSON.stringify({ ...document(signalled, file), ...recoveryMember(engine) })}\n`);
  } else {
    io.out(text(signalled, file, io));
  }
  io.err(recoveryText(engine, io) + unwrittenText(unwritten, io));
  return exitOf(signalled.answer);
}

function document({ signal, node, said, people, answer }: Signalled, trace: string): object {
  return { ...answer, signal: { name: signal, node, said, people }, trace };
}

function text({ signal, node, said, people, answer }: Signalled, file: string, io: Io): string {
  const { paint } = io;
  const counted = `${paint.bold(signal)} counts at ${paint.bold(node)}: ${said} of ${people}`;
  const lines = isWaiting(answer)
    ? [`${answer.trace_id} waits`, ...waitsText(answer.waiting, io), traceText(file)]
    : endText(answer, file, io);
  return `${[counted, ...lines].join("\n")}\n`;
}
