/**
 * `pgs run`: opens the data root, carries out one execution, writes its trace, says what happened.
 * The exit code tells a declared exit from the fault route. A batch is carried out by a part of the
 * program that is loaded when one is asked for.
 */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import {
  type Answer,
  type Deliveries,
  isWaiting,
  type WaitingAnswer,
  type Work,
} from "../../runtime/index.ts";
import { examineText, exitOf } from "../answer-text.ts";
import { byId } from "../by-id.ts";
import { deliverOnTheWay, waitingMember, waitingText } from "../deliveries.ts";
import {
  type Engine,
  type EngineOptions,
  openEngine,
  recoveryMember,
  recoveryText,
  unwrittenText,
} from "../engine.ts";
import type { Io } from "../io.ts";
import { type Workspace, workspaceOf } from "../options.ts";
import { readPayload } from "../payload.ts";
import { maskSealed, safe } from "../print.ts";
import { traceFile, type Unwritten, unlessTracesFailed } from "../projections.ts";
import {
  type AskedBatch,
  type AskedSingle,
  askedOf,
  declareRun,
  type RunOptions,
} from "../run-options.ts";
import { closeTelling, tellOfCalls } from "../waiting-calls.ts";
import { goingOn, waitsText } from "../waits-text.ts";

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  declareRun(command).action(async (options: RunOptions) => {
    const { traces: batchTraces } = options;
    const given = batchTraces === undefined ? options : { ...options, batchTraces };
    const workspace = await workspaceOf(given, io);
    const asked = askedOf(options, workspace.config);
    if (asked.kind === "batch") {
      const { runBatch } = await import("../batch/batch.ts");
      const open = () => openEngine(openingOf(asked, workspace), io);
      const delivered = async ({ runtime }: Engine) =>
        waitingText(await deliverOnTheWay(runtime, workspace), io);
      const told = { recoveryMember, recoveryText, unwrittenText, delivered };
      done(await runBatch(asked, { io, open, ...told }));
    } else {
      done(await runOne(asked, workspace, io));
    }
  });
}

function openingOf(asked: AskedSingle | AskedBatch, workspace: Workspace): EngineOptions {
  const { matter, session } = asked;
  const work = { ...matter, ...(session === undefined ? {} : { session }) };
  return { ...asked, workspace, asked: work };
}

async function runOne(asked: AskedSingle, workspace: Workspace, io: Io): Promise<number> {
  const payload = await readPayload(asked.payload, io);
  const engine = await openEngine(openingOf(asked, workspace), io);
  io.err(recoveryText(engine, io));
  const { answer, deliveries, state } = await submitted(engine, workspace, io, {
    work: workOf(asked, payload),
    // What is durable need not wait for what else goes on; a document stands at the end.
    told: (answer) => {
      const trace = traceAtHand(answer, asked, workspace);
      if (!asked.json)
        io.out(isWaiting(answer) ? waiting(answer, trace, io) : text(answer, trace, io));
    },
  });
  const { first } = engine.projections.unwritten();
  const unwritten = state === undefined ? first : [state, ...first];
  if (asked.json) {
    const ran = { answer, unwritten, trace: traceAtHand(answer, asked, workspace) };
    const more = { ...waitingMember(deliveries), ...recoveryMember(engine) };
    io.out(`${JSON.stringify({ ...document(ran), ...more })}\n`);
  }
  io.err(unwrittenText(unwritten, io) + waitingText(deliveries, io));
  return unlessTracesFailed(exitOf(answer), asked, unwritten);
}

/** An execution that is durable, and what could not be written of what follows from it. */
interface Ran {
  readonly answer: Answer | WaitingAnswer;
  readonly unwritten: readonly Unwritten[];
  /** Its trace's file; null where none was asked for and none stands. */
  readonly trace: string | null;
}

/** A repeated answer's trace was written, or not, by the run that gave it first. */
function traceAtHand(
  { trace_id, fault = false, repeated }: Answer | WaitingAnswer,
  { traces }: AskedSingle,
  workspace: Workspace,
): string | null {
  const path = traceFile(trace_id, workspace);
  const asked = traces === "all" || (traces === "failed" && fault);
  return (asked && !repeated) || existsSync(path) ? path : null;
}

function workOf(asked: AskedSingle, payload: Uint8Array): Work {
  const { matter, session, traceId, idempotencyKey } = asked;
  return {
    ...matter,
    payload,
    ...(session === undefined ? {} : { session }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

interface Submission {
  readonly work: Work;
  /** Told the answer as soon as it is durable. */
  readonly told: (answer: Answer | WaitingAnswer) => void;
}

interface Submitted {
  readonly answer: Answer | WaitingAnswer;
  readonly state: Unwritten | undefined;
  readonly deliveries: Deliveries;
}

async function submitted(
  engine: Engine,
  workspace: Workspace,
  io: Io,
  { work, told }: Submission,
): Promise<Submitted> {
  const { runtime } = engine;
  try {
    // Under a key it may be the interrupted call itself that answers.
    const takeBack = work.idempotencyKey === undefined ? () => {} : tellOfCalls(engine, io);
    const answer = await runtime.submit(work).finally(takeBack);
    told(answer);
    const deliveries = await deliverOnTheWay(runtime, workspace);
    return { answer, deliveries, state: await closeTelling(engine, io) };
  } catch (error) {
    // Why the work was refused is what the caller asks; the state is folded again next time.
    await closeTelling(engine, io);
    throw error;
  }
}

function document({ answer, trace, unwritten }: Ran): object {
  const told = unwritten.map(({ failure, ...of }) => {
    const { code, message, hint } = failure;
    return { ...byId(of), code, message, hint };
  });
  return { ...answer, trace, ...(told.length === 0 ? {} : { unwritten: told }) };
}

/** It has no end yet: where it came to, what it waits for, and how to go on. */
function waiting(answer: WaitingAnswer, trace: string | null, io: Io): string {
  const { paint } = io;
  const lines = [
    `${paint.yellow.bold("WAITING")}  ${titleOf(answer, io)}`,
    "",
    ...stepsText(answer, io),
    ...waitsText(answer.waiting, io),
    "",
    goingOn(answer.trace_id, answer.waiting),
    traceText(answer, trace),
  ];
  return `${lines.join("\n")}\n`;
}

function text(answer: Answer, trace: string | null, io: Io): string {
  const { paint } = io;
  const colour = answer.fault ? paint.red : paint.green;
  const lines = [
    `${colour.bold(answer.outcome)}  ${titleOf(answer, io)}`,
    "",
    ...stepsText(answer, io),
    "",
    `result  ${safe(JSON.stringify(answer.result, maskSealed))}`,
    traceText(answer, trace),
  ];
  if (answer.fault) lines.push(examineText(answer.trace_id));
  return `${lines.join("\n")}\n`;
}

type Told = Answer | WaitingAnswer;

function titleOf({ intent, workflow, repeated }: Told, { paint }: Io): string {
  const what = intent === RUN_ACT ? workflow : `${intent}  ${paint.dim(workflow)}`;
  return `${what}${repeated ? paint.dim("  repeated: the answer of the first run") : ""}`;
}

function stepsText(answer: Told, { paint }: Io): readonly string[] {
  return answer.steps.map(
    ({ node, outcome, to }) =>
      `  ${node.padEnd(widest(answer))}  ${outcome} ${paint.dim(`→ ${to}`)}`,
  );
}

function traceText({ trace_id }: Told, trace: string | null): string {
  return `trace   ${trace === null ? `${trace_id} (in the ledger, no file)` : safe(trace)}`;
}

/** A workflow that was asked for by its own name. */
const RUN_ACT = "pgs.run";

function widest({ steps }: Told): number {
  return Math.max(...steps.map(({ node }) => node.length));
}
