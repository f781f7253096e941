/**
 * `pgs run`: opens the data root, carries out one execution, writes its trace, says what happened.
 * The exit code tells a declared exit from the fault route.
 */
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  type Answer,
  type ClosedExecution,
  openRuntime,
  openSnapshot,
  projectTrace,
  type Recovery,
  type Runtime,
  renderPng,
  resolveSnapshot,
  SYSTEM_PORTS,
  writeProjection,
} from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, runtimeOptions, type Workspace, workspaceOf } from "../options.ts";
import { maskSealed, safe } from "../print.ts";

interface Options {
  readonly wf?: string;
  readonly payload?: string;
  readonly traceId?: string;
  readonly allowChangedCapabilities?: boolean;
  readonly json?: boolean;
  readonly workspace: string;
}

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command))
    .option("--wf <name>", "the workflow, as domain::WF_NAME_V0 (required)")
    .option("--payload <file>", "the payload as JSON; - reads standard input (required)")
    .option("--trace-id <id>", "the trace's id (default: one that sorts by time)")
    .option("--allow-changed-capabilities", "for authors: run code that differs from the sealed")
    .action(async (options: Options) => {
      const workspace = workspaceOf(options, io);
      const payload = await readPayload(required(options).payload, io);
      const ran = await execute(workspace, options, { payload, io });
      const { answer, recovery, unwritten } = ran;
      if (options.json === true) io.out(`${JSON.stringify(document(ran, workspace))}\n`);
      else io.out(text(answer, workspace, io));
      io.err(recoveryText(recovery, io) + unwrittenText(unwritten, io));
      done(answer.fault ? EXIT.faulted : EXIT.done);
    });
}

/** Asked for here and not by commander, which would name a missing option before a mistyped one. */
function required(options: Options): { readonly wf: string; readonly payload: string } {
  const { wf, payload } = options;
  if (wf !== undefined && payload !== undefined) return { wf, payload };
  const missing = [
    ...(wf === undefined ? ["--wf"] : []),
    ...(payload === undefined ? ["--payload"] : []),
  ];
  const named = missing.map((option) => `\`${option}\``).join(" and ");
  throw new Refusal("usage", "run/missing-option", `expected ${named}, found nothing`, {
    hint: "`pgs run --help` shows all options, `pgs list workflows` the workflows.",
  });
}

async function readPayload(file: string, io: Io): Promise<Uint8Array> {
  if (file === "-") return io.input(LIMITS.payloadBytesMax);
  const path = resolve(io.workingFolder, file);
  try {
    return readWhole(path);
  } catch (error) {
    if (error instanceof Refusal || (error as NodeJS.ErrnoException).syscall === undefined)
      throw error;
    const message = `the payload cannot be read: ${(error as Error).message}`;
    throw new Refusal("usage", "payload/not-readable", message, {
      hint: "Name a file that this user may read, or give the payload on standard input (`-`).",
    });
  }
}

function readWhole(path: string): Uint8Array {
  const standing = statSync(path, { throwIfNoEntry: false });
  if (standing?.isFile() !== true) {
    const found = standing === undefined ? "found nothing there" : "found something else";
    throw new Refusal("usage", "payload/no-file", `expected a file at \`${path}\`, ${found}`);
  }
  if (standing.size > LIMITS.payloadBytesMax) {
    const message = `expected at most ${LIMITS.payloadBytesMax} bytes, found ${standing.size}`;
    throw new Refusal("acceptance", "payload/too-large", message);
  }
  return readFileSync(path);
}

/** An execution that is durable, and what could not be written of what follows from it. */
interface Ran {
  readonly answer: Answer;
  readonly recovery: Recovery;
  readonly unwritten: readonly Unwritten[];
}

interface Unwritten {
  readonly what: "trace" | "state";
  /** The trace, where it is one. */
  readonly trace?: string;
  readonly failure: Refusal;
}

interface Given {
  readonly payload: Uint8Array;
  readonly io: Io;
}

async function execute(
  workspace: Workspace,
  options: Options,
  { payload, io }: Given,
): Promise<Ran> {
  const { files } = SYSTEM_PORTS;
  const { snapshots } = workspace;
  const current = openSnapshot(files, resolveSnapshot(files, snapshots, workspace.snapshot));
  const open = (id: Digest) =>
    id === current.id ? current : openSnapshot(files, resolveSnapshot(files, snapshots, id));
  const projected: (Unwritten | undefined)[] = [];
  const runtime = await openRuntime({
    dataRoot: workspace.dataRoot,
    snapshot: current,
    snapshots: open,
    capabilities: openCapabilities(workspace.capabilities),
    allowChangedCapabilities: options.allowChangedCapabilities === true,
    tenant: "default",
    principal: "operator",
    holder: { pid: io.pid, command: io.commandLine },
    // Before the state is stored: from where it ends, the next start makes up for what is missing.
    async onClosed(closed) {
      const of = { what: "trace", trace: closed.trace } as const;
      projected.push(await unlessRefused(project(closed, workspace, open), of));
    },
  });
  const { answer, state } = await submitted(runtime, options, payload);
  const unwritten = [state, ...projected].filter((one) => one !== undefined);
  return { answer, recovery: runtime.recovery, unwritten };
}

interface Submitted {
  readonly answer: Answer;
  readonly state: Unwritten | undefined;
}

async function submitted(
  runtime: Runtime,
  options: Options,
  payload: Uint8Array,
): Promise<Submitted> {
  try {
    const trace = options.traceId === undefined ? {} : { traceId: options.traceId };
    const answer = await runtime.submit({ workflow: required(options).wf, payload, ...trace });
    return { answer, state: await unlessRefused(runtime.close(), { what: "state" }) };
  } catch (error) {
    // Why the work was refused is what the caller asks; the state is folded again next time.
    await unlessRefused(runtime.close(), { what: "state" });
    throw error;
  }
}

/** The answer is durable: a projection that cannot be written is told beside it, not instead. */
async function unlessRefused(
  work: Promise<void>,
  of: Omit<Unwritten, "failure">,
): Promise<Unwritten | undefined> {
  try {
    await work;
    return undefined;
  } catch (failure) {
    if (failure instanceof Refusal) return { ...of, failure };
    throw failure;
  }
}

type OpenSnapshot = (id: Digest) => ReturnType<typeof openSnapshot>;

async function project(
  closed: ClosedExecution,
  workspace: Workspace,
  open: OpenSnapshot,
): Promise<void> {
  const [opened] = closed.records;
  if (opened?.type !== "opened") return;
  const graph = open(closed.snapshot).graph(opened.workflow);
  const projection = await projectTrace(closed, graph, (svg) => renderPng(svg, workspace.font));
  const { trace } = closed;
  writeProjection(SYSTEM_PORTS.files, workspace.traces, { trace, projection });
}

function traceFile({ trace_id }: Answer, workspace: Workspace): string {
  return join(workspace.traces, trace_id, `${trace_id}.jsonl`);
}

function document({ answer, unwritten }: Ran, workspace: Workspace): object {
  const told = unwritten.map(({ failure, ...of }) => {
    const { code, message, hint } = failure;
    return { ...of, code, message, hint };
  });
  const trace = traceFile(answer, workspace);
  return { ...answer, trace, ...(told.length === 0 ? {} : { unwritten: told }) };
}

/** One line for each. The state makes up for it by itself; trace files are made when asked for. */
function unwrittenText(unwritten: readonly Unwritten[], { paintErr }: Io): string {
  return unwritten
    .map(({ what, trace, failure: { code, message } }) => {
      const of = trace === undefined ? "the state" : `the ${what} files of ${trace}`;
      const later = trace === undefined ? "the next run folds it" : "`pgs rebuild` makes them";
      const why = `${paintErr.yellow(code)}: ${safe(message)}`;
      return `${why}; the execution stands, ${of} could not be written: ${later}\n`;
    })
    .join("");
}

function text(answer: Answer, workspace: Workspace, { paint }: Io): string {
  const colour = answer.fault ? paint.red : paint.green;
  const lines = [
    `${colour.bold(answer.outcome)}  ${answer.workflow}`,
    "",
    ...answer.steps.map(
      ({ node, outcome, to }) =>
        `  ${node.padEnd(widest(answer))}  ${outcome} ${paint.dim(`→ ${to}`)}`,
    ),
    "",
    `result  ${safe(JSON.stringify(answer.result, maskSealed))}`,
    `trace   ${safe(traceFile(answer, workspace))}`,
  ];
  if (answer.fault) lines.push(`        \`pgs examine ${answer.trace_id}\` says what went wrong`);
  return `${lines.join("\n")}\n`;
}

function widest({ steps }: Answer): number {
  return Math.max(...steps.map(({ node }) => node.length));
}

/** What was found when the data root was opened; nothing after a clean stop. */
function recoveryText({ continued, stuck, cuts }: Recovery, { paintErr }: Io): string {
  const lines = [
    ...cuts.map(({ bytes, aside }) => `cut a torn tail of ${bytes} bytes, kept in ${safe(aside)}`),
    ...continued.map((trace) => `brought ${trace} to its end, which a stop had left open`),
    ...stuck.map(
      ({ trace, code, message }) =>
        `${paintErr.yellow(code)}: ${trace} stays open: ${safe(message)}`,
    ),
  ];
  return lines.map((line) => `recovery: ${line}\n`).join("");
}
