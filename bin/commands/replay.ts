/**
 * `pgs replay`: the records of a trace as they stand, the state they fold to, or the whole execution
 * run again and compared with its record.
 */
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  openVault,
  problemLine,
  type Replay,
  type ReplayMode,
  type ReplaySource,
  replayEvents,
  replayFull,
  replayState,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { snapshotSource, traceOf, withScratch } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  badArgument,
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  workspaceOf,
} from "../options.ts";
import { requireNoSession } from "../own-tenant.ts";
import { count, safe, valueText } from "../print.ts";
import { ledgerProgress } from "../progress.ts";

interface Options extends WorkspaceOptions {
  readonly mode: ReplayMode;
  readonly all?: boolean;
  readonly to?: number;
  readonly allowChangedCapabilities?: boolean;
}

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const mode = command
    .createOption("--mode <mode>", "what to replay")
    .choices(["full", "state_only", "events_only"]);
  jsonOption(runtimeOptions(command.argument("[trace]", "a trace's .jsonl file, or its id")))
    .addOption(mode.default("full"))
    .option("--all", "the whole ledger of the data root")
    .option("--to <n>", "with --all: up to this position of the ledger", position)
    .option("--allow-changed-capabilities", "for authors: run code that differs from the sealed")
    .action(async (given: string | undefined, options: Options) => {
      const workspace = await workspaceOf(options, io);
      const progress = ledgerProgress(io, "replayed");
      const replayFrom = (source: ReplaySource) =>
        replay(source, options, { workspace, progress: progress.tell });
      const named = namedTrace(given, options);
      if (named === undefined) requireNoSession(workspace, "replay --all");
      const replayed =
        named === undefined
          ? await withScratch(io, (scratch) => replayFrom(ledgerOf(options, workspace, scratch)))
          : await replayFrom({ kind: "read", reading: traceOf(named, workspace, io) });
      progress.end();
      io.out(options.json === true ? `${JSON.stringify(replayed)}\n` : text(replayed, io));
      done(replayed.ok ? EXIT.done : EXIT.evidence);
    });
}

function position(given: string): number {
  const n = Number(given);
  if (Number.isSafeInteger(n) && n >= 1) return n;
  throw badArgument("Expected a position, counted from 1.");
}

/** The trace that is meant; undefined for all of them. */
function namedTrace(given: string | undefined, options: Options): string | undefined {
  const all = options.all === true;
  if (all === (given !== undefined) || (options.to !== undefined && !all)) {
    const message = "expected either a trace, or `--all` (with `--to` or without)";
    throw new Refusal("usage", "replay/unclear", message);
  }
  return given;
}

function ledgerOf(options: Options, { dataRoot }: Workspace, scratch: string): ReplaySource {
  const upTo = options.to === undefined ? {} : { upTo: options.to };
  return { kind: "ledger", files: SYSTEM_PORTS.files, dataRoot, scratch, ...upTo };
}

interface With {
  readonly workspace: Workspace;
  readonly progress: (records: number, bytes: number, total: number) => void;
}

async function replay(
  source: ReplaySource,
  options: Options,
  { workspace, progress }: With,
): Promise<Replay> {
  if (options.mode === "events_only") return replayEvents(source);
  if (options.mode === "state_only") return replayState(source);
  return replayFull(source, {
    snapshot: snapshotSource(workspace),
    capabilities: openCapabilities(workspace.capabilities),
    allowChangedCapabilities: options.allowChangedCapabilities === true,
    progress,
    vault: openVault(workspace.dataRoot, SYSTEM_PORTS.files),
  });
}

function text(replayed: Replay, { paint }: Io): string {
  const { ok, mode, records, executions, divergence, problems, events, state, standing } = replayed;
  const of = executions === undefined ? "" : ` of ${count(executions, "execution")}`;
  const open = replayed.open
    ? `, ${replayed.open} of them open, as far as ${replayed.open === 1 ? "it goes" : "they go"},`
    : "";
  const verdict = standing === undefined ? "holds" : `holds so far, open${waitsFor(standing)}`;
  const lines = [
    ...(events ?? []).map((record) => valueText(record as never)),
    ...(state === undefined ? [] : stateLines(state)),
    ...problems.map(problemLine),
    ...(divergence === null ? [] : [valueText(divergence as never)]),
    `${ok ? paint.green(verdict) : paint.red("does not hold")}: ${count(records, "record")}${of}${standing === undefined ? open : ""} replayed (${mode})`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a single trace that has not ended. */
function waitsFor(standing: NonNullable<Replay["standing"]>): string {
  const [first] = standing;
  if (first === undefined) return "";
  const { kind, node, signals, until } = first;
  const more = standing.length === 1 ? "" : ` and ${standing.length - 1} more`;
  if (kind === "calling") return `: \`${safe(node)}\` was called and has no answer${more}`;
  const what = signals.length === 0 ? "the time" : signals.map(safe).join(" or ");
  return `: waits for ${what} until ${until} at \`${safe(node)}\`${more}`;
}

function stateLines(state: NonNullable<Replay["state"]>): readonly string[] {
  return Object.entries(state).flatMap(([table, rows]) =>
    (rows as readonly object[]).map((row) => `${table} ${valueText(row as never)}`),
  );
}
