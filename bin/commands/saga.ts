/**
 * `pgs saga`: what an execution did to the world, what of it was undone and what stands; going on with
 * an undoing that was left open; trying again what stands, as executions of their own.
 */
import type { Command } from "commander";
import { COMPENSATED } from "../../protocol/language/names.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Retried, type Saga, type SagaStep, sagaOf } from "../../runtime/index.ts";
import { type Engine, openEngine, recoveryText, unwrittenText } from "../engine.ts";
import { traceIn, traceOf } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { letGo, openingFor } from "../one-act.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { columns, safe } from "../print.ts";

interface Options extends WorkspaceOptions {
  readonly session?: string;
  readonly wait?: string;
}

/** What is said of each, by its name; of all of them together, all of it. */
const ABOUT: Readonly<Record<string, string>> = {
  show: `\`show\` tells by the records alone, of a trace's file or of the ledger, what was done, what of it was
undone, and what stands and why. It needs no lock.`,
  resume: `\`resume\` goes on with an execution that a stop left open while it was being undone, as any start that
writes does with all that is open, and says where it came to: a compensation that failed may wait
until it is tried again, and one whose snapshot or keys are gone stays open, with the reason.`,
  retry: `\`retry\` tries again what stands of an execution that ended PARTLY_COMPENSATED: each compensation that
was tried and failed becomes an execution of its own, whose payload names the first one. The first
one's record stays as it is. What nothing undoes, and what nobody knows the end of, is not tried: a
second call under another key could undo it twice. Policies decide (the act \`pgs.saga_retry\`).`,
};

const CODES = `Exit codes: 0 done; 2 wrong use; 4 refused; 5 it ended on its fault route, or something that was tried
again stands; 6 the ledger does not hold; 7 the data root is held, or there is no room; 8 it is being
undone still; 12 the configuration is wrong.`;

function notes(about: readonly (string | undefined)[]): string {
  return `\n${[...about, CODES].join("\n\n")}\n`;
}

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  command.addHelpText("after", notes(Object.values(ABOUT)));
  const act = (name: string, description: string, work: Work) =>
    jsonOption(runtimeOptions(command.command(name).description(description)))
      .argument("<trace>", "the id of the execution's trace")
      .option("--session <credential>", "on whose behalf (better: PGS_SESSION)")
      .addHelpText("after", notes([ABOUT[name]]))
      .action(async (trace: string, options: Options) => {
        done(await work({ trace, options }, await workspaceOf(options, io), io));
      });
  act("show", "what was done, what was undone, and what stands", show);
  waitOption(act("resume", "go on with an undoing that was left open", resume));
  waitOption(act("retry", "try again what stands, as executions of their own", retry));
}

interface Asked {
  readonly trace: string;
  readonly options: Options;
}

type Work = (asked: Asked, workspace: Workspace, io: Io) => number | Promise<number>;

function show({ trace, options }: Asked, workspace: Workspace, io: Io): number {
  const saga = known(sagaOf(traceOf(trace, workspace, io).records), trace);
  tell(saga, options, io);
  return EXIT.done;
}

function tell(saga: Saga, { json }: Options, io: Io): void {
  io.out(json === true ? `${JSON.stringify(saga)}\n` : text(saga, io));
}

function known(saga: Saga | undefined, trace: string): Saga {
  if (saga !== undefined) return saga;
  throw new Refusal("usage", "saga/no-execution", `\`${trace}\` is the trace of no execution`);
}

async function resume({ trace, options }: Asked, workspace: Workspace, io: Io): Promise<number> {
  requireUndoing(sagaIn(trace, workspace), trace);
  const engine = await openEngine(openingFor(workspace), io);
  try {
    // What is due is tried now; what is not waits for its time.
    await engine.runtime.wake();
  } finally {
    await closed(engine, io);
  }
  const saga = sagaIn(trace, workspace);
  tell(saga, options, io);
  const stuck = engine.recovery.stuck.find((one) => one.trace === trace);
  if (stuck !== undefined) throw new Refusal("acceptance", stuck.code, stuck.message);
  return exitOf(saga);
}

async function closed(engine: Engine, io: Io): Promise<void> {
  const unwritten = await letGo(engine);
  io.err(recoveryText(engine, io) + unwrittenText(unwritten, io));
}

async function retry({ trace, options }: Asked, workspace: Workspace, io: Io): Promise<number> {
  const { session } = workspace.config;
  const who = session === undefined ? {} : { session };
  const engine = await openEngine(openingFor(workspace, { asked: who }), io);
  try {
    const retried = await engine.runtime.retrySaga({ trace, ...who });
    const json = () => `${JSON.stringify({ trace_id: trace, retried })}\n`;
    io.out(options.json === true ? json() : retriedText(retried, io));
    const isUndone = ({ outcome }: Retried) => outcome === COMPENSATED;
    if (retried.every(isUndone)) return EXIT.done;
    const isOpen = ({ trace_id, outcome }: Retried) => trace_id !== null && outcome === null;
    return retried.some(isOpen) ? EXIT.waiting : EXIT.faulted;
  } finally {
    await closed(engine, io);
  }
}

function retriedText(retried: readonly Retried[], { paint }: Io): string {
  const lines = retried.map(({ node, tried, trace_id, outcome, why }) => {
    if (!tried) return `${paint.bold(node)}  not tried: ${safe(why ?? "")}`;
    const colour = outcome === COMPENSATED ? paint.green : paint.red;
    return `${paint.bold(node)}  ${colour(outcome ?? "waits")}  ${trace_id}`;
  });
  return `${lines.join("\n")}\n`;
}

/** By the ledger, of one's own tenant: a trace's file is written behind it. */
function sagaIn(trace: string, workspace: Workspace): Saga {
  const tenant = ownTenant(workspace);
  const records = traceIn(workspace, trace)?.records ?? [];
  const [opened] = records;
  if (opened?.type === "opened" && opened.tenant === tenant) {
    return known(sagaOf(records), trace);
  }
  const message = `tenant \`${tenant}\` has no execution \`${trace}\``;
  throw new Refusal("acceptance", "saga/unknown", message, {
    hint: "`pgs list` shows the executions that there are.",
  });
}

function requireUndoing({ outcome, saga }: Saga, trace: string): void {
  if (outcome !== null) {
    const message = `the execution \`${trace}\` has ended (${outcome})`;
    const hint =
      saga === "partly_compensated"
        ? `\`pgs saga retry ${trace}\` tries again what stands.`
        : `\`pgs saga show ${trace}\` tells what was done.`;
    throw new Refusal("acceptance", "saga/ended", message, { hint });
  }
  if (saga === "compensating") return;
  const message = `nothing of the execution \`${trace}\` is being undone`;
  throw new Refusal("acceptance", "saga/not-undoing", message, {
    hint: `\`pgs examine ${trace}\` tells where it stands.`,
  });
}

/** As a run of it would have ended. */
function exitOf({ fault }: Saga): number {
  if (fault === null) return EXIT.waiting;
  return fault ? EXIT.faulted : EXIT.done;
}

const SHOWN = ["node", "effect", "operation", "outcome", "standing", "undone by"] as const;

function text(saga: Saga, io: Io): string {
  const { trace_id, workflow, steps, outcome, stands } = saga;
  const colour = stands.length > 0 ? io.paint.red : io.paint.green;
  const lines = [
    `${colour.bold(WORDS[saga.saga])}  ${workflow}`,
    `${trace_id}  ${outcome === null ? "open" : `ended ${outcome}`}`,
    "",
  ];
  const table =
    steps.length === 0 ? "nothing was done\n" : columns([SHOWN, ...steps.map(rowOf)], io.paint);
  const why = steps
    .filter((step) => step.why !== null)
    .map(({ node, standing, why: said }) => `${node} ${standing}: ${safe(said ?? "")}\n`);
  const reasons = why.length === 0 ? "" : `\n${why.join("")}`;
  return `${lines.join("\n")}\n${table}${reasons}`;
}

const WORDS: Readonly<Record<Saga["saga"], string>> = {
  none: "nothing undone",
  compensating: "being undone",
  compensated: "compensated",
  partly_compensated: "partly compensated",
};

function rowOf({
  node,
  effect,
  operation,
  outcome,
  standing,
  compensation,
}: SagaStep): readonly string[] {
  const often = compensation === null ? "" : attemptsText(compensation.attempts);
  const by =
    compensation === null ? "-" : `${compensation.node} ${compensation.outcome ?? "open"}${often}`;
  return [node, effect, operation, outcome ?? "no answer", standing, by];
}

function attemptsText(attempts: number): string {
  return attempts > 1 ? ` (${attempts} attempts)` : "";
}
