/**
 * `pgs migrate`: says of each open execution whether what it has recorded could have happened under
 * another snapshot, and lets those go on under it that fit, where a policy lets who asks do that.
 */
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  list,
  type Moved,
  openVault,
  type PrefixVerdict,
  prefixVerdict,
  programsOf,
  type Snapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { openEngine, unwrittenText } from "../engine.ts";
import { traceIn } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { columns, count, safe, valueText } from "../print.ts";
import { unlessRefused } from "../projections.ts";
import { namedSnapshot } from "../snapshots.ts";

interface Options extends WorkspaceOptions {
  readonly check?: string;
  readonly apply?: string | true;
  readonly trace?: string;
  readonly session?: string;
  readonly wait?: string;
}

const NOTES = `
An execution runs to its end under the snapshot that it began with, however long it waits, while new
ones start under the current one. \`--check\` plays the records of each open execution of one's own
tenant back against another snapshot, writes nothing and needs no lock: it fits where every record
would have been made there, too. Where one would not, it is named, with its node and its field.

\`--apply\` looks again, and writes into the record of each that fits that it goes on under the other
one: whatever wakes, recovers, cancels, replays or verifies it goes by that from then on. Those that do
not fit stay as they are. The other one's policies decide (the act \`pgs.migrate\`). Nothing that is
open goes on meanwhile.

Exit codes: 0 all fit; 2 wrong use; 4 refused; 6 some do not fit, or the ledger does not hold; 7 the
data root is held, or there is no room; 11 the other snapshot cannot be used; 12 the configuration is
wrong.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(waitOption(runtimeOptions(command)))
    .option("--check <snapshot>", "say which open executions fit this one, by its id or a folder")
    .option("--apply [snapshot]", "move those that fit")
    .option("--trace <id>", "of this execution alone")
    .option("--session <credential>", "on behalf of a session (better: PGS_SESSION)")
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      const wanted = wantedBy(options);
      const workspace = await workspaceOf(options, io);
      const to = namedSnapshot(wanted, workspace);
      const given = { to, options, workspace };
      done(options.apply === undefined ? await check(given, io) : await apply(given, io));
    });
}

function wantedBy({ check, apply }: Options): string {
  const named = typeof apply === "string" ? apply : undefined;
  const wanted = named ?? check;
  const isOne = named === undefined || check === undefined || named === check;
  if (wanted !== undefined && isOne) return wanted;
  const found = wanted === undefined ? "found none" : "found two";
  const message = `expected one snapshot, with \`--check\` or with \`--apply\`, ${found}`;
  throw new Refusal("usage", "migrate/unclear", message, {
    hint: "`pgs list snapshots` shows those that there are.",
  });
}

interface Given {
  readonly to: Snapshot;
  readonly options: Options;
  readonly workspace: Workspace;
}

async function check({ to, options, workspace }: Given, io: Io): Promise<number> {
  const { files } = SYSTEM_PORTS;
  const capabilities = openCapabilities(workspace.capabilities);
  const programs = programsOf(to, capabilities, { allowChanged: false });
  const vault = openVault(workspace.dataRoot, files);
  const verdicts: PrefixVerdict[] = [];
  for (const trace of openTraces(options, workspace)) {
    const records = traceIn(workspace, trace)?.records ?? [];
    const isOpen = records[0]?.type === "opened" && records.at(-1)?.type !== "closed";
    if (isOpen) verdicts.push(await prefixVerdict(records, { programs, capabilities, vault }));
  }
  return tell(verdicts, { to, options }, io);
}

/** Those of one's own tenant that have not ended. */
function openTraces({ trace }: Options, workspace: Workspace): readonly string[] {
  const { files } = SYSTEM_PORTS;
  const tenant = ownTenant(workspace);
  const open = list({ files, dataRoot: workspace.dataRoot, tenant, open: true });
  const traces = open.map((row) => row.trace);
  if (trace === undefined) return traces;
  if (traces.includes(trace)) return [trace];
  const message = `tenant \`${tenant}\` has no open execution \`${trace}\``;
  throw new Refusal("acceptance", "migrate/unknown", message, {
    hint: "`pgs list --open` shows those that there are.",
  });
}

async function apply({ to, options, workspace }: Given, io: Io): Promise<number> {
  const { session, wait_seconds } = workspace.config;
  const who = session === undefined ? {} : { session };
  // Under the other one, whose policies decide, and under which they go on.
  const under = { ...workspace, snapshot: to.id };
  const engine = await openEngine(
    {
      workspace: under,
      traces: "none",
      allowChangedCapabilities: false,
      waitMs: wait_seconds * 1_000,
      roomWaitMs: 0,
      hold: true,
      asked: who,
    },
    io,
  );
  const of = options.trace === undefined ? {} : { trace: options.trace };
  try {
    const moved = await engine.runtime.migrate({ ...of, ...who });
    return tell(moved, { to, options }, io);
  } finally {
    const state = await unlessRefused(engine.runtime.close(), { what: "state" });
    io.err(unwrittenText(state === undefined ? [] : [state], io));
  }
}

function tell(
  verdicts: readonly (PrefixVerdict | Moved)[],
  { to, options }: Pick<Given, "to" | "options">,
  io: Io,
): number {
  const fit = verdicts.filter(({ fits }) => fits).length;
  const all = fit === verdicts.length;
  // Neither moved nor left behind.
  const isThere = ({ from }: PrefixVerdict) => from === to.id;
  const there = (one: PrefixVerdict | Moved) => ({ ...one, already_there: isThere(one) });
  const already = verdicts.filter(isThere).length;
  const moved = verdicts.filter((one) => "moved" in one && one.moved).length;
  const isApplied = options.apply !== undefined;
  if (options.json === true) {
    const told = {
      ok: all,
      to: to.id,
      ...(isApplied ? { moved } : {}),
      executions: verdicts.map(there),
    };
    io.out(`${JSON.stringify(told)}\n`);
  } else {
    const were = already === 0 ? "" : `, ${already} went on there already`;
    const done = isApplied ? `; moved ${moved}${were}` : "";
    io.out(
      `${text(verdicts, to, io)}${fit} of ${count(verdicts.length, "open execution")} fit${done}\n`,
    );
  }
  return all ? EXIT.done : EXIT.evidence;
}

const SHOWN = ["trace", "workflow", "from", "fits"] as const;
/** So many digits of a snapshot's id tell it from others. */
const DIGITS = 12;

function text(verdicts: readonly (PrefixVerdict | Moved)[], to: Snapshot, io: Io): string {
  if (verdicts.length === 0) return "";
  const rows = verdicts.map(({ trace_id, workflow, from, fits }) => {
    const fitting = from === to.id ? "goes on there already" : fits ? "yes" : "no";
    return [trace_id, workflow, from.slice(0, DIGITS), fitting];
  });
  const why = verdicts.flatMap(({ trace_id, why: said, hindrance }) => {
    if (said === null) return [];
    const values =
      hindrance === null
        ? ""
        : `: recorded ${short(valueText(hindrance.expected))}, would be ${short(valueText(hindrance.found))}`;
    return [`${trace_id}: ${safe(said)}${values}\n`];
  });
  const reasons = why.length === 0 ? "" : `\n${why.join("")}`;
  return `${columns([SHOWN, ...rows], io.paint)}${reasons}\n`;
}

/** So much of a value is shown to people. */
const VALUE_CHARS_MAX = 200;

function short(value: string): string {
  return value.length <= VALUE_CHARS_MAX ? value : `${value.slice(0, VALUE_CHARS_MAX)}…`;
}
