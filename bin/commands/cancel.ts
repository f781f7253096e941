/**
 * `pgs cancel`: ends an execution that a stop left open, before it goes on, where a policy lets who
 * asks do that. Nothing is undone, and nothing else that was left open goes on meanwhile.
 */
import type { Command } from "commander";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Answer, isWaiting, type WaitingAnswer } from "../../runtime/index.ts";
import { traceText } from "../answer-text.ts";
import { openEngine, recoveryMember, recoveryText, unwrittenText } from "../engine.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { actOn, openingFor } from "../one-act.ts";
import {
  jsonOption,
  runtimeOptions,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { traceFile } from "../projections.ts";
import { waitsText } from "../waits-text.ts";

interface Options extends WorkspaceOptions {
  readonly reason?: string;
  readonly session?: string;
  readonly wait?: string;
}

const NOTES = `
An execution stays open when its process was stopped while it waited, for an answer of the outside as
a rule; the next start that writes goes on with it. This ends it instead: its trace says who did, where
it stood, and whether a call to the outside had been begun there, whose answer nobody will know. What
it had written stays. Other open executions are left as they are.

Policies decide who may (the act \`pgs.cancel\`): the local operator may cancel all of its tenant, and
whoever holds a session what they asked for themselves, unless the workspace says otherwise. A denial
is recorded.

One that runs in another process is cancelled after that process ended: the refusal names it. SIGTERM
ends a single run at once; a batch lets its lines come to their end, and ends at a second one.

Exit codes: 0 cancelled; 2 wrong use; 4 refused: there is no such execution, it has ended, what it
did is being undone already, or a policy denies it; 6 the ledger does not hold; 7 the data root is
held, or there is no room; 8 cancelled, and what it did is still being undone; 12 the configuration is
wrong.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(waitOption(runtimeOptions(command)))
    .argument("<trace>", "the id of the execution's trace")
    .option("--reason <text>", "why, for those who read the record")
    .option("--session <credential>", "on behalf of a session (better: PGS_SESSION)")
    .addHelpText("after", NOTES)
    .action(async (trace: string, options: Options) => {
      done(await cancel(trace, options, io));
    });
}

async function cancel(trace: string, options: Options, io: Io): Promise<number> {
  const workspace = await workspaceOf(options, io);
  const { session } = workspace.config;
  const { reason } = options;
  const asked = {
    trace,
    ...(reason === undefined ? {} : { reason }),
    ...(session === undefined ? {} : { session }),
  };
  const engine = await openEngine(openingFor(workspace, { hold: true }), io).catch(elsewhere);
  const { done: answer, unwritten } = await actOn(engine, (runtime) => runtime.cancel(asked));
  const file = traceFile(trace, workspace);
  if (options.json === true) {
    io.out(`${JSON.stringify({ ...answer, trace: file, ...recoveryMember(engine) })}\n`);
  } else {
    io.out(text(answer, file, io));
  }
  io.err(recoveryText(engine, io) + unwrittenText(unwritten, io));
  return isWaiting(answer) ? EXIT.waiting : EXIT.done;
}

/** What runs is cancelled by the process that it runs in. */
function elsewhere(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== "data-root/held") throw error;
  const { family, code, message } = error;
  throw new Refusal(family, code, message, {
    hint: "Stop that process: SIGTERM ends a single run at once, and a batch after its lines have ended, or at the second one. What it leaves open can be cancelled then.",
  });
}

function text(answer: Answer | WaitingAnswer, file: string, io: Io): string {
  const { paint } = io;
  if (isWaiting(answer)) return undoing(answer, file, io);
  const { trace_id, workflow, outcome, cancelled } = answer;
  const stood = cancelled === undefined ? "" : ` at ${paint.bold(cancelled.node)}`;
  const lines = [`${paint.yellow.bold(outcome)}  ${workflow}`, "", `${trace_id} ended${stood}`];
  if (cancelled?.in_doubt === true) {
    lines.push("a call to the outside had been begun there: nobody knows what became of it");
  }
  return `${[...lines, traceText(file)].join("\n")}\n`;
}

/** It is cancelled, and what it did is not all undone yet. */
function undoing({ trace_id, workflow, waiting }: WaitingAnswer, file: string, io: Io): string {
  const lines = [
    `${io.paint.yellow.bold("WAITING")}  ${workflow}`,
    "",
    `${trace_id} is cancelled, and what it did is still being undone`,
    ...waitsText(waiting, io),
    "",
    "`pgs wake --follow` goes on with it when it is time",
    traceText(file),
  ];
  return `${lines.join("\n")}\n`;
}
