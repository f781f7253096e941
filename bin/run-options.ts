/**
 * The options of `pgs run`, and which of them go together. What comes out is either one execution
 * or a batch, with everything decided that an option leaves open.
 */
import type { Command } from "commander";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Config, Traces } from "./config/config.ts";
import { defaultText } from "./config/settings.ts";
import { jsonOption, runtimeOptions, type WorkspaceOptions, waitOption } from "./options.ts";

export interface RunOptions extends WorkspaceOptions {
  readonly intent?: string;
  readonly wf?: string;
  readonly payload?: string;
  readonly batch?: string;
  readonly concurrency?: string;
  readonly idempotencyKey?: string;
  readonly traces?: string;
  readonly traceId?: string;
  readonly allowChangedCapabilities?: boolean;
  readonly wait?: string;
}

/** What is to be done: by its intent, or, for authors, by the workflow's own name. */
type Matter = { readonly intent: string } | { readonly workflow: string };

interface Asked {
  readonly matter: Matter;
  /** What the holder of a session shows; undefined for the local operator. */
  readonly session: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly traces: Traces;
  /** Whether they were asked for by name: then work whose traces cannot be written is not done. */
  readonly isTracesAsked: boolean;
  readonly waitMs: number;
  readonly roomWaitMs: number;
  readonly allowChangedCapabilities: boolean;
  readonly json: boolean;
}

export interface AskedSingle extends Asked {
  readonly kind: "single";
  /** A file, or `-`. */
  readonly payload: string;
  readonly traceId: string | undefined;
}

export interface AskedBatch extends Asked {
  readonly kind: "batch";
  /** A file, or `-`. */
  readonly batch: string;
  readonly concurrency: number;
}

/** With the line's number behind it, a key stays below what the runtime takes. */
const BATCH_KEY = /^[\x21-\x7e]{1,240}$/;

const NOTES = `
With --intent, the policies of the workspace decide whether whoever asks may; a denial is recorded and
exits with 4. With --wf a workflow runs without an intent, where a policy lets that happen: the local
operator may, unless the workspace forbids it. Who asks is the operator of the configuration, or the
holder of the session that --session (or PGS_SESSION) shows; it never comes from the payload.

With --batch, each line of the file is one payload. Lines run side by side and are answered in the
order in which they end: a line of text each, or with --json one JSON document each (JSON Lines),
then a summary. A line that is refused is told by its number, and the rest goes on. Empty lines at
the end are no lines.

With --idempotency-key, work that was given before under the same key is not run again: its first
answer is given, marked as repeated. In a batch, line L runs under the key K/L, so that the same
file can be given again after a crash and nothing runs twice.

A single run writes its trace (--traces all). A batch writes none unless asked, as each has a
picture, and painting takes longer than running: some tens of traces a second, where thousands of
executions run. \`pgs examine <id>\` and \`pgs replay <id>\` read the ledger where no trace file
stands, \`pgs rebuild\` makes the files.

SIGINT or SIGTERM lets the lines that run come to their end, then says how far the batch got; lines
that wait for room on a full disk are told as unanswered. A second one ends the process at once,
and the next start goes on with what it left open. When the reader of its output goes away (as in
\`pgs run --batch big | head -1\`), a batch takes no more lines, lets those that run come to their
end, prints its summary on standard error, and exits with 141; the lines it took stand.

Exit codes: 0 ended at a declared exit; 2 wrong use; 4 refused, or a line was; 5 ended on the fault
route, or a line did; 7 the data root is held, or there is no room (also for the output, and for
traces asked for with --traces); 12 the configuration is wrong; 130, 143 stopped by a signal; 141 the
batch's reader went away.
`;

export function declareRun(command: Command): Command {
  const concurrency = `with --batch: executions at a time ${defaultText("batch.concurrency")}`;
  return jsonOption(waitOption(runtimeOptions(command)))
    .option("--intent <type>", "what is to be done, as realm.action (this or --wf is required)")
    .option("--wf <name>", "for authors: the workflow itself, as domain::WF_NAME_V0")
    .option("--payload <file>", "the payload as JSON; - reads standard input")
    .option("--batch <file>", "a file with one payload a line; - reads standard input")
    .option("--concurrency <n>", concurrency)
    .option("--idempotency-key <key>", "run this work once, however often it is given")
    .option("--traces <which>", "whose trace files are written: all, failed or none")
    .option("--session <credential>", "on behalf of a session (`pgs session create`)")
    .option("--trace-id <id>", "the trace's id (default: one that sorts by time)")
    .option("--allow-changed-capabilities", "for authors: run code that differs from the sealed")
    .addHelpText("after", NOTES);
}

/** Asked for here and not by commander, which would name a missing option before a mistyped one. */
export function askedOf(options: RunOptions, config: Config): AskedSingle | AskedBatch {
  const { payload, batch } = options;
  if (payload !== undefined && batch !== undefined) {
    const message = "expected either `--payload` or `--batch`, found both";
    throw unclear(message, "Give one payload with `--payload`, or a file of them with `--batch`.");
  }
  const matter = matterOf(options);
  if (payload === undefined && batch === undefined) {
    throw missing(matter === undefined ? ["`--intent` (or `--wf`)", PAYLOAD] : [PAYLOAD]);
  }
  if (matter === undefined) throw missing(["`--intent` (or `--wf`)"]);
  const asked = {
    matter,
    session: config.session,
    idempotencyKey: options.idempotencyKey,
    // A batch writes traces only where a flag or the configuration says so.
    isTracesAsked: options.traces !== undefined || batch !== undefined,
    waitMs: config.wait_seconds * 1_000,
    allowChangedCapabilities: options.allowChangedCapabilities === true,
    json: options.json === true,
  };
  if (batch !== undefined) return { ...asked, ...batchOf(options, batch, config) };
  if (options.concurrency !== undefined) {
    const hint = "Give a file of payloads with `--batch`, or leave `--concurrency` out.";
    throw unclear("expected `--concurrency` with `--batch` only", hint);
  }
  const { traceId } = options;
  // What the configuration says of batches does not hold here, unless the flag said it.
  const traces = options.traces === undefined ? "all" : config.batch.traces;
  // One execution that finds the disk full is refused at once.
  return { ...asked, kind: "single", payload: payload ?? "-", traces, traceId, roomWaitMs: 0 };
}

const PAYLOAD = "`--payload` (or `--batch`)";

function matterOf({ intent, wf }: RunOptions): Matter | undefined {
  if (intent === undefined) return wf === undefined ? undefined : { workflow: wf };
  if (wf === undefined) return { intent };
  const hint = "An intent names its workflow: leave `--wf` out.";
  throw unclear("expected either `--intent` or `--wf`, found both", hint);
}

function missing(what: readonly string[]): Refusal {
  const message = `expected ${what.join(" and ")}, found nothing`;
  return new Refusal("usage", "run/missing-option", message, {
    hint: "`pgs run --help` shows all options, `pgs list intents` what may be asked for.",
  });
}

function batchOf(
  { traceId, idempotencyKey }: RunOptions,
  batch: string,
  { batch: { traces, concurrency, room_wait_seconds } }: Config,
): Pick<AskedBatch, "kind" | "batch" | "concurrency" | "traces" | "roomWaitMs"> {
  if (traceId !== undefined) {
    const hint = "Leave `--trace-id` out: each line gets a trace of its own.";
    throw unclear("expected `--trace-id` with `--payload` only", hint);
  }
  if (idempotencyKey !== undefined && !BATCH_KEY.test(idempotencyKey)) {
    const message = "expected an idempotency key of 1 to 240 visible ASCII characters";
    const hint = "Choose a name for the batch: each line runs under it, with `/` and its number.";
    throw new Refusal("usage", "run/bad-key", message, { hint });
  }
  const roomWaitMs = room_wait_seconds * 1_000;
  return { kind: "batch", batch, concurrency, traces, roomWaitMs };
}

function unclear(message: string, hint: string): Refusal {
  return new Refusal("usage", "run/unclear", message, { hint });
}
