/**
 * `pgs signal`: tells an execution that waits what it waits for, where a policy and its own sealed
 * graph let who asks say it, and says what came of it.
 */
import type { Command } from "commander";
import type { Signal, Signalled } from "../../runtime/index.ts";
import { type Engine, openEngine, recoveryMember, recoveryText, unwrittenText } from "../engine.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { readPayload } from "../payload.ts";
import { safe, valueText } from "../print.ts";
import { traceFile, type Unwritten, unlessRefused } from "../projections.ts";

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
  const { session, wait_seconds } = workspace.config;
  const payload = await readPayload(options.payload, io);
  const { node } = options;
  const who = session === undefined ? {} : { session };
  const engine = await openEngine(
    {
      workspace,
      traces: "all",
      allowChangedCapabilities: false,
      waitMs: wait_seconds * 1_000,
      roomWaitMs: 0,
      asked: who,
    },
    io,
  );
  const given = { trace, name, payload, ...(node === undefined ? {} : { node }), ...who };
  const { signalled, unwritten } = await told(engine, given);
  const file = traceFile(trace, workspace);
  if (options.json === true) {
    io.out(`${JSON.stringify({ ...document(signalled, file), ...recoveryMember(engine) })}\n`);
  } else {
    io.out(text(signalled, file, io));
  }
  io.err(recoveryText(engine, io) + unwrittenText(unwritten, io));
  return exitOf(signalled);
}

interface Told {
  readonly signalled: Signalled;
  readonly unwritten: readonly Unwritten[];
}

async function told({ runtime, projections }: Engine, given: Signal): Promise<Told> {
  try {
    const signalled = await runtime.signal(given);
    const state = await unlessRefused(runtime.close(), { what: "state" });
    const { first } = projections.unwritten();
    return { signalled, unwritten: state === undefined ? first : [state, ...first] };
  } catch (error) {
    // Why it was refused is what the caller asks; the state is folded again next time.
    await unlessRefused(runtime.close(), { what: "state" });
    throw error;
  }
}

function exitOf({ answer }: Signalled): number {
  if ("waiting" in answer) return EXIT.waiting;
  return answer.fault ? EXIT.faulted : EXIT.done;
}

function document({ signal, node, said, people, answer }: Signalled, trace: string): object {
  return { ...answer, signal: { name: signal, node, said, people }, trace };
}

function text({ signal, node, said, people, answer }: Signalled, file: string, io: Io): string {
  const { paint } = io;
  const counted = `${paint.bold(signal)} counts at ${paint.bold(node)}: ${said} of ${people}`;
  if ("waiting" in answer) {
    const more = answer.waiting.map(
      ({ node: at, until, signals }) =>
        `  ${at}  ${signals.length === 0 ? "a time" : signals.join(", ")}  ${paint.dim(`until ${until}`)}`,
    );
    const lines = [counted, `${answer.trace_id} waits`, ...more, `trace   ${safe(file)}`];
    return `${lines.join("\n")}\n`;
  }
  const colour = answer.fault ? paint.red : paint.green;
  const lines = [
    counted,
    `${colour.bold(answer.outcome)}  ${answer.workflow}`,
    `result  ${valueText(answer.result)}`,
    `trace   ${safe(file)}`,
  ];
  if (answer.fault) lines.push(`        \`pgs examine ${answer.trace_id}\` says what went wrong`);
  return `${lines.join("\n")}\n`;
}
