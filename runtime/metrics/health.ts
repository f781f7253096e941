/**
 * What is wrong with a data root, worst first, and what it comes to in numbers: made of its vitals
 * for people and for those who watch. It judges what was read, and reads nothing.
 */
import { END_SESSION_ACT, OPEN_SESSION_ACT } from "../../protocol/language/acts.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { boundOf } from "./histogram.ts";
import type { Vitals } from "./vitals.ts";

export interface Finding {
  readonly code: string;
  /** `fault`: it is not as it must be. `notice`: worth knowing. */
  readonly severity: "fault" | "notice";
  readonly message: string;
  readonly hint: string | null;
}

export interface WorkflowHealth {
  readonly workflow: string;
  readonly intent: string;
  readonly opened: number;
  readonly open: number;
  readonly faulted: number;
  readonly cancelled: number;
  /** How many ended so. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Seconds that half of them, and 99 of 100, kept to; null beyond the largest bound, or of none. */
  readonly p50_seconds: number | null;
  readonly p99_seconds: number | null;
}

export interface Health {
  /** True where nothing is at fault. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly ledger: {
    readonly records: number;
    readonly bytes: number;
    readonly segments: number;
    readonly last_at: string | null;
  };
  readonly state: { readonly applied: number; readonly lag: number };
  readonly room_bytes: number;
  readonly starts: {
    readonly epoch: number;
    /** Starts that were recorded: whole, through all gates, or the same as one of those. */
    readonly boots: number;
    readonly whole: number;
    readonly same: number;
  };
  readonly sessions: {
    readonly opened: number;
    readonly ended: number;
    readonly active: number;
  };
  readonly deliveries: { readonly begun: number; readonly refused: number };
  /** All that was refused to somebody who is known, deliveries included. */
  readonly refused: number;
  readonly workflows: readonly WorkflowHealth[];
}

export function healthOf(vitals: Vitals, nowMs: number): Health {
  const { tally, segments, bytes, applied, roomBytes } = vitals;
  const findings = [...faults(vitals), ...notices(vitals)];
  const active = [...tally.sessions.values()].filter(({ expiresMs }) => expiresMs > nowMs).length;
  return {
    ok: findings.every(({ severity }) => severity !== "fault"),
    findings,
    ledger: {
      records: tally.last,
      bytes,
      segments,
      last_at: tally.lastAt === "" ? null : tally.lastAt,
    },
    state: { applied, lag: Math.max(0, tally.last - applied) },
    room_bytes: roomBytes,
    starts: startsOf(vitals),
    sessions: { opened: tally.sessionsOpened.total, ended: tally.sessionsEnded.total, active },
    deliveries: { begun: tally.deliveries.total, refused: tally.deliveriesRefused.total },
    refused: tally.refused.total,
    workflows: workflows(vitals),
  };
}

function startsOf({ tally: { epoch, boots } }: Vitals): Health["starts"] {
  const of = (kind: string) => boots.rows().find(({ labels }) => labels.kind === kind)?.value ?? 0;
  return { epoch, boots: boots.total, whole: of("whole"), same: of("same") };
}

/** Said of a disk on which a record of the largest size does not fit. */
export const NO_ROOM = "data-root/no-room";

function faults({ faults: found, roomBytes }: Vitals): readonly Finding[] {
  const broken = found.map(({ code, message, hint }) => fault(code, message, hint ?? null));
  if (roomBytes >= LIMITS.recordBytesMax) return broken;
  const message = `${roomBytes.toLocaleString("en-US")} bytes are left on the disk of the data root`;
  return [...broken, fault(NO_ROOM, message, "Make room: a full disk refuses new work.")];
}

function notices({ tally, torn }: Vitals): readonly Finding[] {
  const faulted = tally.faulted.total;
  const doubt = tally.engineOutcomes.rows().find(({ labels }) => labels.outcome === "IN_DOUBT");
  return [
    ...unless(
      doubt?.value ?? 0,
      "calls/in-doubt",
      (count) => `${many(count, "call")} to the outside ended in doubt`,
      "Ask the outside what became of them: `pgs list --json` names the executions.",
    ),
    ...unless(
      faulted,
      "executions/faulted",
      (count) => `${shown(count)} ended on the fault route, the last one at ${tally.faultedAt}`,
      "`pgs list` shows them, `pgs examine <id>` says what went wrong.",
    ),
    ...unless(
      tally.open.size,
      "executions/open",
      (count) => `${shown(count)} ${count === 1 ? "has" : "have"} not ended`,
      "Where no process works on the data root, the next start goes on with them.",
    ),
    ...refusals(tally),
    ...unless(
      torn,
      "ledger/torn",
      (count) =>
        `${many(count, "byte")} ${count === 1 ? "stands" : "stand"} behind the last record, of a write nobody was told of`,
      "The next start cuts them off and keeps them aside.",
    ),
  ];
}

/** They ask for a session, or for the end of one. */
const SESSION_ACTS: readonly string[] = [OPEN_SESSION_ACT.type, END_SESSION_ACT.type];

function refusals({ refused, deliveriesRefused }: Vitals["tally"]): readonly Finding[] {
  const ofSessions = refused.rows().filter(({ labels: { intent = "", code = "" } }) => {
    return SESSION_ACTS.includes(intent) || code.startsWith("session/");
  });
  const sessions = ofSessions.reduce((sum, { value }) => sum + value, 0);
  const deliveries = deliveriesRefused.total;
  return [
    ...unless(
      refused.total - sessions - deliveries,
      "executions/refused",
      (count) => `${many(count, "request")} of somebody who is known ${were(count)} refused`,
      "`pgs list refusals` says to whom and why.",
    ),
    ...unless(
      sessions,
      "sessions/refused",
      (count) =>
        `${many(count, "request")} for a session, or under one that was over, ${were(count)} refused`,
      "`pgs list refusals` says to whom and why.",
    ),
    ...unless(
      deliveries,
      "deliveries/refused",
      (count) => `${many(count, "event")} ${were(count)} refused on the way to who subscribes`,
      "`pgs list refusals` says why; what was refused is not tried again.",
    ),
  ];
}

function unless(
  count: number,
  code: string,
  message: (count: number) => string,
  hint: string | null,
): readonly Finding[] {
  return count === 0 ? [] : [{ code, severity: "notice", message: message(count), hint }];
}

function shown(count: number): string {
  return count.toLocaleString("en-US");
}

function many(count: number, what: string): string {
  return `${shown(count)} ${what}${count === 1 ? "" : "s"}`;
}

function were(count: number): string {
  return count === 1 ? "was" : "were";
}

function fault(code: string, message: string, hint: string | null): Finding {
  return { code, severity: "fault", message, hint };
}

function workflows({ tally }: Vitals): readonly WorkflowHealth[] {
  const open = [...tally.open.values()];
  const closed = tally.closed.rows();
  const durations = tally.durations.rows();
  return tally.opened.rows().map(({ labels, value: opened }) => {
    const { workflow = "", intent = "" } = labels;
    const isSame = (of: { readonly labels: Readonly<Record<string, string>> }) =>
      of.labels.workflow === workflow && of.labels.intent === intent;
    const counted = (rows: typeof closed) => rows.find(isSame)?.value ?? 0;
    const outcomes: Record<string, number> = {};
    for (const { labels: of, value } of closed.filter(isSame)) {
      outcomes[of.outcome ?? ""] = (outcomes[of.outcome ?? ""] ?? 0) + value;
    }
    const took = durations.find(isSame);
    return {
      workflow,
      intent,
      opened,
      open: open.filter((one) => one.workflow === workflow && one.intent === intent).length,
      faulted: counted(tally.faulted.rows()),
      cancelled: counted(tally.cancelled.rows()),
      outcomes,
      p50_seconds: (took && boundOf(took, 0.5)) ?? null,
      p99_seconds: (took && boundOf(took, 0.99)) ?? null,
    };
  });
}
