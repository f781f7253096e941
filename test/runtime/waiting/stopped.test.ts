/** Stops between any two records of what waits: the next start goes on, and nothing happens twice. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExternalCall } from "../../../protocol/language/capabilities.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import type { RuntimeOptions, Work } from "../../../runtime/runtime-options.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { replayed, types } from "../cancel/asking.ts";
import { copyOf, during, freshRoot, ledgerFile, recordsOf } from "../on-disk.ts";
import {
  APPROVE,
  approveGraph,
  BOTH,
  bothGraph,
  DAY_MS,
  HOUR_MS,
  handClock,
  LATER,
  laterGraph,
  RETRY,
  retryGraph,
  settled,
  waitingWith,
} from "./place.ts";

/** Busy the first time that it is asked by a node, then done. */
const answering = async ({ node, attempt }: ExternalCall) => ({
  outcome: attempt === 1 ? "BUSY" : "DONE",
  output: `${node} ${attempt}`,
});

interface Scenario {
  readonly graph: Graph;
  readonly work: Work;
  /** Who says what, where that is waited for. */
  readonly says?: string;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "a timer, and another": { graph: laterGraph(), work: { workflow: LATER, payload: 1 } },
  "somebody's word": {
    graph: approveGraph(),
    work: { workflow: APPROVE, payload: 1 },
    says: "APPROVE",
  },
  "a call that is made again": { graph: retryGraph(), work: { workflow: RETRY, payload: 1 } },
  "a call that is made again much later": {
    graph: retryGraph(HOUR_MS),
    work: { workflow: RETRY, payload: 1 },
  },
  "four branches": { graph: bothGraph(), work: { workflow: BOTH, payload: 1 }, says: "SAY" },
  "four branches that must not be called twice": {
    graph: bothGraph("unsafe"),
    work: { workflow: BOTH, payload: 1 },
    says: "SAY",
  },
};

const TRACE = "t1";

function optionsFor({ graph }: Scenario, clock = handClock()): Partial<RuntimeOptions> {
  return waitingWith(clock, { graphs: [graph], call: answering });
}

/** Says what is waited for, and lets time go by, until it has ended. */
async function goOn(root: string, scenario: Scenario) {
  const last = recordsOf(root).at(-1)?.at;
  const clock = handClock(last === undefined ? undefined : Date.parse(last));
  const options = optionsFor(scenario, clock);
  await during(
    root,
    async (runtime) => {
      for (let turn = 0; turn < 60; turn += 1) {
        await settled();
        if (recordsOf(root, TRACE).at(-1)?.type === "closed") return;
        const word = { trace: TRACE, name: scenario.says ?? "", payload: { why: "so" } };
        // It may go on calling: who said it is told when that is over.
        if (scenario.says !== undefined) void runtime.signal(word).catch(() => {});
        await settled();
        clock.by(turn < 20 ? HOUR_MS / 4 : DAY_MS);
      }
    },
    options,
  );
  return options;
}

function expectOnce(root: string): LedgerRecord | undefined {
  const records = recordsOf(root, TRACE);
  const steps = records.filter(({ type }) => ["node", "effect", "external"].includes(type));
  const named = steps.map((record) => ("node" in record ? record.node : ""));
  expect(new Set(named).size).toBe(named.length);
  const keys = new Map<string, Set<string>>();
  const attempts = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "attempted") continue;
    keys.set(record.node, (keys.get(record.node) ?? new Set()).add(record.idempotency_key));
    expect(record.attempt).toBe((attempts.get(record.node) ?? 0) + 1);
    attempts.set(record.node, record.attempt);
  }
  for (const own of keys.values()) expect(own.size).toBe(1);
  for (const record of records) {
    if (record.type !== "timer" && record.type !== "retry") continue;
    const over = records.find(
      (r) => r.seq > record.seq && "node" in r && r.node === record.node && r.type !== "signal",
    );
    const said = records.some(
      (r) => r.type === "signal" && r.node === record.node && r.seq > record.seq,
    );
    if (!said && over !== undefined) expect(over.at >= record.until).toBe(true);
  }
  const { problems } = verifyState({ files: systemFiles, dataRoot: root });
  expect(problems.filter(({ code }) => code.startsWith("state/"))).toEqual([]);
  return records.at(-1);
}

function cutTo(root: string, lines: readonly string[]): void {
  writeFileSync(ledgerFile(root), lines.map((line) => `${line}\n`).join(""));
}

describe.each(Object.entries(SCENARIOS))("an execution that waits for %s", (name, scenario) => {
  test("goes on from wherever it was stopped", async () => {
    const whole = freshRoot();
    const options = optionsFor(scenario);
    await during(
      whole,
      async (runtime) => {
        void runtime.submit({ ...scenario.work, traceId: TRACE }).catch(() => {});
        await settled();
      },
      options,
    );
    await goOn(whole, scenario);
    expect(expectOnce(whole)).toMatchObject({ type: "closed", fault: false });
    const lines = readFileSync(ledgerFile(whole), "utf8").trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(4);

    const known = await statesOf(whole, lines, options);
    for (let count = 1; count <= lines.length; count += 1) {
      // As it is found by a start that has no state, the last one that was stored, or an older one.
      const states = known.filter(([at]) => at < count);
      for (const [at, state] of few(states)) {
        const root = copyOf(state);
        cutTo(root, lines.slice(0, count));
        const where = `${name}: stopped behind ${count} records, with a state of ${at}`;
        const told = await goOn(root, scenario).catch((error: unknown) => {
          throw new Error(where, { cause: error });
        });
        const end = expectOnce(root);
        expect(end, where).toMatchObject({ type: "closed" });
        expect(types(recordsOf(root)).slice(0, count)).toEqual(
          lines.slice(0, count).map((line) => named(JSON.parse(line) as LedgerRecord)),
        );
        expect((await replayed(root, told)).divergence, where).toBeNull();
      }
    }
  }, 240_000);
});

function few<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, at) => at === 0 || at >= all.length - 2);
}

/** Data roots whose states know so many records, where nothing goes on by itself at that point. */
async function statesOf(
  whole: string,
  lines: readonly string[],
  options: Partial<RuntimeOptions>,
): Promise<readonly [number, string][]> {
  const states: [number, string][] = [];
  for (let known = 0; known < lines.length; known += 1) {
    const root = copyOf(whole);
    for (const end of ["", "-wal", "-shm"]) rmSync(join(root, `state.db${end}`), { force: true });
    cutTo(root, lines.slice(0, known));
    if (known > 0) await during(root, async () => {}, { ...options, ports: stillPorts(options) });
    if (known === 0 || recordsOf(root).length === known) states.push([known, root]);
  }
  return states;
}

function named(record: LedgerRecord): string {
  return "node" in record ? `${record.type} ${record.node}` : record.type;
}

/** A clock at which nothing more is due. */
function stillPorts({ ports }: Partial<RuntimeOptions>): NonNullable<RuntimeOptions["ports"]> {
  if (ports === undefined) throw new Error("there are ports");
  return { ...ports, clock: handClock(0) };
}
