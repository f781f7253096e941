/**
 * What is counted of a scripted ledger, to the last one: on a clock that is moved by hand, so that
 * durations are known too; and what is told of ledgers, states and disks that are not well.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type {
  AttemptedBody,
  EffectBody,
  ExternalBody,
  OpenedBody,
} from "../../../protocol/language/records.ts";
import type { Room, Site } from "../../../runtime/genesis/site.ts";
import type { Ledger } from "../../../runtime/ledger/ledger.ts";
import { exposition } from "../../../runtime/metrics/exposition.ts";
import { familiesOf } from "../../../runtime/metrics/families.ts";
import { healthOf } from "../../../runtime/metrics/health.ts";
import { Tally } from "../../../runtime/metrics/tally.ts";
import { type Vitals, vitalsOf } from "../../../runtime/metrics/vitals.ts";
import type { Clock } from "../../../runtime/ports.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import {
  closed,
  LONE,
  loneTrace,
  NODE,
  OPENED,
  openOn,
  QUICK,
  segment,
  start,
} from "../ledger/ledger-root.ts";
import { during, freshRoot } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { readExposition, valueIn } from "./exposition-format.ts";

const BEGAN_MS = Date.parse("2026-11-21T10:00:00.000Z");

/** A clock that stands still until it is moved. */
class HandClock implements Clock {
  #nowMs = BEGAN_MS;
  readonly now = () => this.#nowMs;
  readonly timer = () => () => {};
  move(ms: number): void {
    this.#nowMs += ms;
  }
}

function site(room: Partial<Room> = {}): Site {
  const whole = { bytes: 100 * LIMITS.recordBytesMax, names: 1_000, ...room };
  return { user: 0, ownerOf: () => 0, roomAt: () => whole };
}

function vitals(dataRoot: string, room: Partial<Room> = {}): Vitals {
  return vitalsOf({ files: systemFiles, dataRoot, site: site(room) });
}

const CALL = { node: "a", effect: "test::CS_OUT_V0", operation: "ASK" } as const;
const ATTEMPTED: AttemptedBody = {
  ...{ type: "attempted", ...CALL, idempotency_key: "k" },
  ...{ attempt: 1, input: null },
};
const ANSWERED: ExternalBody = {
  ...{ type: "external", ...CALL, attempt: 1 },
  ...{ outcome: "IN_DOUBT", to: "b", reason: { code: "unknown/no-answer", message: "none" } },
};

function effect(outcome: string): EffectBody {
  const output = outcome === "SUCCESS" ? { position: 1 } : {};
  return {
    ...{ type: "effect", node: "a", tenant: "default", store: "test/events" },
    ...{ operation: "APPEND", value: 1, outcome, output, to: "b" },
  };
}

/** One execution that takes so long; what stands between its ends is given. */
function execution(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: HandClock },
  trace: string,
  { ms = 0, between = [NODE], fault = false, open = false, more = {} }: Partial<Script>,
): void {
  openOn(ledger, trace, { started_at: ledger.now(), ...more });
  for (const body of between) ledger.append(trace, body);
  clock.move(ms);
  if (open) return;
  ledger.append(trace, { ...closed(between.length + 2), fault, outcome: fault ? "FAULTED" : "X" });
}

interface Script {
  readonly ms: number;
  readonly between: readonly Parameters<Ledger["append"]>[1][];
  readonly fault: boolean;
  readonly open: boolean;
  readonly more: Partial<OpenedBody>;
}

const OTHER = { intent: "shop.order", workflow: "test::WF_Y_V0" } as const;

async function scripted(): Promise<string> {
  const dataRoot = freshRoot();
  const clock = new HandClock();
  const { ledger } = start(dataRoot, { clock, files: QUICK });
  const on = { ledger, clock };
  execution(on, "one", { ms: 1 });
  execution(on, "two", { ms: 30, between: [effect("SUCCESS"), effect("CONFLICT")] });
  execution(on, "three", { ms: 4_000, fault: true, more: OTHER });
  execution(on, "four", { between: [ATTEMPTED, ANSWERED], ms: 20, more: OTHER });
  execution(on, "five", { open: true, more: OTHER });
  for (const body of LONE) {
    const isNamed = body.type === "boot" || body.type === "session-ended";
    ledger.append(isNamed ? loneTrace(body) : `a-${body.type}`, body);
  }
  await ledger.flush();
  await ledger.close();
  return dataRoot;
}

test("everything that a scripted ledger holds is counted, and nothing else", async () => {
  const found = vitals(await scripted());
  const families = readExposition(exposition(familiesOf(found, BEGAN_MS)));
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    valueIn(families, `pgs_${name}`, labels);
  const x = { workflow: "test::WF_X_V0", intent: "pgs.run" };
  const y = OTHER;
  expect(value("executions_opened_total", x)).toBe(2);
  expect(value("executions_opened_total", y)).toBe(3);
  expect(value("executions_closed_total", { ...x, outcome: "X", exit: "b" })).toBe(2);
  expect(value("executions_closed_total", { ...y, outcome: "X", exit: "b" })).toBe(1);
  expect(value("executions_closed_total", { ...y, outcome: "FAULTED", exit: "b" })).toBe(1);
  expect(value("executions_faulted_total", y)).toBe(1);
  expect(value("executions_faulted_total", x)).toBe(undefined);
  expect(value("executions_open", y)).toBe(1);
  expect(value("execution_duration_seconds_count", x)).toBe(2);
  expect(value("execution_duration_seconds_sum", x)).toBe(0.031);
  expect(value("execution_duration_seconds_sum", y)).toBe(4.02);
  expect(value("execution_duration_seconds_bucket", { ...y, le: "0.025" })).toBe(1);
  const events = { store: "test/events", operation: "APPEND" };
  expect(value("effects_total", { ...events, outcome: "SUCCESS" })).toBe(1);
  expect(value("effects_total", { ...events, outcome: "CONFLICT" })).toBe(1);
  const call = { effect: "test::CS_OUT_V0", operation: "ASK" };
  expect(value("calls_attempted_total", call)).toBe(1);
  expect(value("calls_total", { ...call, outcome: "IN_DOUBT" })).toBe(1);
  expect(value("engine_outcomes_total", { outcome: "IN_DOUBT" })).toBe(1);
  expect(value("refused_total", { intent: "pgs.run", code: "policy/denied" })).toBe(1);
  expect(value("sessions_opened_total", { identity: "operator" })).toBe(1);
  expect(value("sessions_ended_total")).toBe(1);
  expect(value("sessions_active")).toBe(1);
  expect(value("boots_total", { kind: "same" })).toBe(1);
  expect(value("ledger_records_total", { type: "opened" })).toBe(5);
  expect(value("ledger_records_total", { type: "closed" })).toBe(4);
  expect(value("ledger_holds")).toBe(1);
  expect(value("ledger_segments")).toBe(1);
  expect(value("ledger_torn_bytes")).toBe(0);
  expect(value("epoch")).toBe(1);
  expect(value("state_applied_records")).toBe(0);
  expect(value("state_lag_records")).toBe(found.tally.last);
  expect(value("ledger_last_record_timestamp_seconds")).toBe((BEGAN_MS + 4_051) / 1_000);
});

test("a session that has expired is not active", async () => {
  const found = vitals(await scripted());
  const late = Date.parse("9999-01-02T00:00:00.000Z");
  expect(healthOf(found, late).sessions).toEqual({ opened: 1, ended: 1, active: 0 });
});

test("what is worth knowing is told, and is no fault", async () => {
  const health = healthOf(vitals(await scripted()), BEGAN_MS);
  expect(health.ok, JSON.stringify(health.findings)).toBe(true);
  expect(health.findings.map(({ code, severity }) => [code, severity])).toEqual([
    ["calls/in-doubt", "notice"],
    ["executions/faulted", "notice"],
    ["executions/open", "notice"],
    ["executions/refused", "notice"],
  ]);
  expect(health.workflows).toEqual([
    {
      ...{ workflow: "test::WF_X_V0", intent: "pgs.run", opened: 2, open: 0, faulted: 0 },
      ...{ cancelled: 0, outcomes: { X: 2 }, p50_seconds: 0.001, p99_seconds: 0.05 },
    },
    {
      ...{ ...OTHER, opened: 3, open: 1, faulted: 1, cancelled: 0 },
      ...{ outcomes: { FAULTED: 1, X: 1 }, p50_seconds: 0.025, p99_seconds: 5 },
    },
  ]);
});

test("a line that does not hold is a fault, and the counts are those before it", async () => {
  const dataRoot = await scripted();
  const path = segment(dataRoot, 1);
  writeFileSync(path, readFileSync(path, "utf8").replace('"trace":"three"', '"trace":"threE"'));
  const found = vitals(dataRoot);
  const health = healthOf(found, BEGAN_MS);
  expect(health.ok).toBe(false);
  expect(health.findings[0]).toMatchObject({ code: "line/hash-differs", severity: "fault" });
  expect(health.workflows).toMatchObject([{ opened: 2, outcomes: { X: 2 } }]);
  const families = readExposition(exposition(familiesOf(found, BEGAN_MS)));
  expect(valueIn(families, "pgs_ledger_holds")).toBe(0);
});

test("a torn tail is told, and is no fault", async () => {
  const dataRoot = await scripted();
  appendFileSync(segment(dataRoot, 1), '{"n":');
  const health = healthOf(vitals(dataRoot), BEGAN_MS);
  expect(health.ok, JSON.stringify(health.findings)).toBe(true);
  expect(health.findings.at(-1)).toMatchObject({ code: "ledger/torn", severity: "notice" });
});

test("a disk without room for a record is a fault, told behind what does not hold", async () => {
  const dataRoot = await scripted();
  const health = healthOf(vitals(dataRoot, { bytes: LIMITS.recordBytesMax - 1 }), BEGAN_MS);
  expect(health.ok).toBe(false);
  expect(health.findings[0]).toMatchObject({ code: "data-root/no-room", severity: "fault" });
});

test("a state that has applied more than the ledger holds is a fault", async () => {
  const dataRoot = freshRoot();
  await during(dataRoot, async (runtime) => {
    await runtime.submit({ workflow: REGISTER, payload: { name: "Ada" } });
  });
  expect(healthOf(vitals(dataRoot), BEGAN_MS)).toMatchObject({ ok: true, state: { lag: 0 } });
  const path = segment(dataRoot, 1);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  writeFileSync(path, `${lines.slice(0, -1).join("\n")}\n`);
  const health = healthOf(vitals(dataRoot), BEGAN_MS);
  expect(health.findings[0]).toMatchObject({ code: "ledger/truncated", severity: "fault" });
});

test("where no ledger is nothing is well: it is refused", () => {
  expect(() => vitals(freshRoot())).toThrow(expect.objectContaining({ code: "ledger/not-found" }));
});

test("what somebody ended is counted under what had been asked for, and its end too", () => {
  const tally = new Tally();
  const at = "2026-11-21T10:00:00.000Z";
  const record = (n: number, body: object) => tally.take({ n, trace: "t", at, ...body } as never);
  record(1, { ...OPENED, ...OTHER });
  record(2, { type: "cancelled", reason: null, node: "a", in_doubt: false, to: "b" });
  record(3, { ...closed(3), outcome: "CANCELLED" });
  expect(tally.cancelled.rows()).toEqual([{ labels: OTHER, value: 1 }]);
  expect(tally.closed.rows()).toEqual([
    { labels: { ...OTHER, outcome: "CANCELLED", exit: "b" }, value: 1 },
  ]);
  expect(tally.open.size).toBe(0);
});

test("a start is whole where an execution of its own went before it, and else like an earlier one", () => {
  const tally = new Tally();
  const at = "2026-11-21T10:00:00.000Z";
  const record = (trace: string, body: object) => tally.take({ n: 1, trace, at, ...body } as never);
  record("g", { ...OPENED, intent: "pgs.boot" });
  record("g", { ...closed(2), outcome: "COHERENT" });
  record("boot-1", { type: "boot", epoch: 1, like: "g" });
  record("boot-2", { type: "boot", epoch: 2, like: "g" });
  expect(tally.boots.rows()).toEqual([
    { labels: { kind: "same" }, value: 1 },
    { labels: { kind: "whole" }, value: 1 },
  ]);
});

const CAUSE = { store: "club/events", position: 7 } as const;
const REFUSED = { ...LONE[0], intent: "club.see" } as const;

test("a delivery is counted by its stream and its subscriber, and a refused one by why, too", () => {
  const { tally } = taken(
    { ...OPENED, intent: "club.see", cause: CAUSE },
    { ...OPENED, intent: "club.see" },
    { ...REFUSED, cause: CAUSE },
    { ...REFUSED, cause: CAUSE, code: "delivery/unfit-event" },
    REFUSED,
  );
  const by = { store: "club/events", intent: "club.see" };
  expect(tally.deliveries.rows()).toEqual([{ labels: by, value: 1 }]);
  expect(tally.deliveriesRefused.rows()).toEqual([
    { labels: { ...by, code: "delivery/unfit-event" }, value: 1 },
    { labels: { ...by, code: "policy/denied" }, value: 1 },
  ]);
});

test("what was refused is told apart: deliveries, what concerns sessions, and all the rest", () => {
  const found = taken(
    REFUSED,
    { ...REFUSED, intent: "pgs.run", code: "session/expired" },
    { ...REFUSED, intent: "pgs.open_session" },
    { ...REFUSED, intent: "pgs.end_session" },
    { ...REFUSED, cause: CAUSE },
    { ...REFUSED, cause: CAUSE },
  );
  const health = healthOf(found, BEGAN_MS);
  expect(health).toMatchObject({ refused: 6, deliveries: { begun: 0, refused: 2 } });
  expect(health.findings.map(({ code, message }) => [code, message.split(" ")[0]])).toEqual([
    ["executions/refused", "1"],
    ["sessions/refused", "3"],
    ["deliveries/refused", "2"],
  ]);
});

test("starts are told apart: those that went through all gates, and those like one of them", () => {
  const found = taken(
    { ...OPENED, intent: "pgs.boot" },
    { type: "boot", epoch: 1, like: "t1" },
    ...[2, 3, 4].map((epoch) => ({ type: "boot", epoch, like: "t1" })),
  );
  expect(healthOf(found, BEGAN_MS).starts).toEqual({ epoch: 4, boots: 4, whole: 1, same: 3 });
});

/** Vitals of a ledger that holds these bodies, each in a trace of its own. */
function taken(...bodies: readonly object[]): Vitals {
  const tally = new Tally();
  const at = "2026-11-21T10:00:00.000Z";
  bodies.forEach((body, before) => {
    tally.take({ ...body, n: before + 1, trace: `t${before + 1}`, at } as never);
  });
  tally.open.clear();
  const { bytes: roomBytes } = site().roomAt("");
  const applied = tally.last;
  return { tally, segments: 1, bytes: 1, torn: 0, applied, roomBytes, faults: [] };
}

test("sessions that are over are not kept, however many there were", () => {
  const tally = new Tally();
  const [, session] = LONE;
  for (let n = 1; n <= 20_000; n += 1) {
    const at = new Date(BEGAN_MS + n * 1_000).toISOString();
    const expires_at = new Date(BEGAN_MS + n * 1_000 + 60_000).toISOString();
    tally.take({ ...session, n, trace: `s${n}`, at, expires_at } as never);
  }
  expect(tally.sessionsOpened.total).toBe(20_000);
  expect(tally.sessions.size).toBeLessThan(3_000);
  const active = [...tally.sessions.values()].filter(
    ({ expiresMs }) => expiresMs > BEGAN_MS + 20_000 * 1_000,
  );
  expect(active).toHaveLength(60);
});
