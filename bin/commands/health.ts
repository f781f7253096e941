/**
 * `pgs health`: how a data root is, from its own records: what is wrong first, then the numbers; or
 * all of them as metrics. It reads without a lock and writes nothing.
 */
import type { Command } from "commander";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  exposition,
  type Finding,
  familiesOf,
  type Health,
  healthOf,
  NO_ROOM,
  SYSTEM_PORTS,
  systemSite,
  vitalsOf,
  type WorkflowHealth,
} from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, runtimeOptions, type WorkspaceOptions, workspaceOf } from "../options.ts";
import { requireNoSession } from "../own-tenant.ts";
import { columns, count, safe } from "../print.ts";
import { ledgerProgress } from "../progress.ts";

interface Options extends WorkspaceOptions {
  readonly metrics?: boolean;
}

const NOTES = `
--metrics prints Prometheus text (exposition format 0.0.4) and nothing else: counters of executions,
effects, calls, deliveries, refusals, sessions and starts, durations as a histogram, bytes and segments of the
ledger, how far the state is behind. All of it is counted anew from the ledger, so that a counter
says the same whoever asks, and survives every restart.

Exit codes: 0 nothing is at fault; 6 the ledger or the state does not hold; 7 there is no room.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command))
    .option("--metrics", "Prometheus text on standard output, and nothing else")
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      done(await health(options, io));
    });
}

async function health({ metrics, ...options }: Options, io: Io): Promise<number> {
  if (metrics === true && options.json === true) {
    throw new Refusal(
      "usage",
      "health/unclear",
      "expected either `--metrics` or `--json`, found both",
    );
  }
  const workspace = await workspaceOf(options, io);
  requireNoSession(workspace, "health");
  const { dataRoot } = workspace;
  const { files, clock } = SYSTEM_PORTS;
  const progress = ledgerProgress(io, "counted");
  const vitals = vitalsOf({ files, dataRoot, site: systemSite(io.user), progress: progress.tell });
  progress.end();
  const found = healthOf(vitals, clock.now());
  if (metrics === true) {
    io.out(exposition(familiesOf(vitals, clock.now())));
    io.err(
      found.findings
        .filter(isFault)
        .map((one) => findingText(one, io.paintErr))
        .join(""),
    );
  } else {
    io.out(options.json === true ? `${JSON.stringify(found)}\n` : text(found, io));
  }
  return exitCodeFor(found);
}

function isFault({ severity }: Finding): boolean {
  return severity === "fault";
}

function exitCodeFor({ findings }: Health): number {
  const faults = findings.filter(isFault);
  if (faults.some(({ code }) => code !== NO_ROOM)) return EXIT.evidence;
  return faults.length > 0 ? EXIT.busy : EXIT.done;
}

function findingText({ code, severity, message, hint }: Finding, paint: Io["paint"]): string {
  const colour = severity === "fault" ? paint.red : paint.yellow;
  const line = `${colour(severity)} ${paint.bold(code)}: ${safe(message)}\n`;
  return hint === null ? line : `${line}  ${safe(hint)}\n`;
}

function text(found: Health, { paint }: Io): string {
  const { ok, findings, ledger, state, starts, sessions, deliveries, refused, workflows } = found;
  const verdict = ok ? paint.green.bold("healthy") : paint.red.bold("not healthy");
  const last = ledger.last_at === null ? "" : `, the last one of ${ledger.last_at}`;
  const where = `${count(ledger.bytes, "byte")} in ${count(ledger.segments, "segment")}`;
  const lines = [
    `${verdict}: ${count(ledger.records, "record")}${last}`,
    `ledger    ${where}`,
    `state     ${state.lag === 0 ? "follows the ledger" : `${count(state.lag, "record")} behind`}`,
    `room      ${count(found.room_bytes, "byte")}`,
    `starts    ${starts.epoch} that wrote: ${starts.whole} through all gates, ${starts.same} like one of them`,
    `sessions  ${sessions.opened} opened, ${sessions.ended} ended, ${sessions.active} active`,
    `delivered ${deliveries.begun}, ${deliveries.refused} refused`,
    `refused   ${refused}`,
  ];
  const told = findings.map((one) => findingText(one, paint)).join("");
  const table = workflows.length === 0 ? "" : `\n${columns([HEAD, ...workflows.map(row)], paint)}`;
  return `${told}${told === "" ? "" : "\n"}${lines.join("\n")}\n${table}`;
}

const HEAD = ["workflow", "intent", "opened", "open", "faulted", "p50", "p99", "outcomes"] as const;

function row(of: WorkflowHealth): readonly string[] {
  const outcomes = Object.entries(of.outcomes).map(([outcome, times]) => `${outcome} ${times}`);
  return [
    of.workflow,
    of.intent,
    String(of.opened),
    String(of.open),
    String(of.faulted),
    seconds(of.p50_seconds),
    seconds(of.p99_seconds),
    outcomes.join(", "),
  ];
}

function seconds(bound: number | null): string {
  return bound === null ? "-" : `≤ ${bound} s`;
}
