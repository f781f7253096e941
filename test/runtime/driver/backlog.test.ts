/** Many executions that are found open: the first go on at once, the others beside new work. */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { Gathered, Unfinished } from "../../../runtime/unfinished.ts";
import { turns } from "../ledger/ledger-root.ts";
import {
  copyOf,
  during,
  entriesOf,
  freshRoot,
  ledgerFile,
  open,
  recordsOf,
  UNFLUSHED,
} from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const MANY = 200;
const FIRST = 10;
const SOME = { ports: UNFLUSHED, goOnFirstMax: FIRST };

type Change = (body: Record<string, unknown>, trace: string) => Record<string, unknown>;

/** A data root without a state, on which as many executions stopped after their second record. */
async function openMany(change: Change = (body) => body) {
  const whole = freshRoot();
  const names = Array.from({ length: MANY }, (_, at) => `${at}`);
  await during(
    whole,
    async (runtime) => {
      for (const name of names) {
        const more = { traceId: `t${name}`, idempotencyKey: `k${name}` };
        await runtime.submit({ workflow: REGISTER, payload: { name }, ...more });
      }
    },
    { ports: UNFLUSHED },
  );
  const root = freshRoot();
  await during(root, async () => {}, { ports: UNFLUSHED });
  const heads = new Map<string, Digest>();
  const lines = recordsOf(whole)
    .filter(({ seq }) => seq <= 2)
    .map((record, at) => {
      const {
        n: _n,
        trace,
        seq,
        at: time,
        prev: _p,
        hash: _h,
        ...body
      } = record as LedgerRecord & {
        hash: string;
      };
      const place = { n: at + 1, trace, seq, at: time, prev: heads.get(trace) ?? NO_DIGEST };
      const flushed = "flushed" in body ? { flushed: 0 } : {};
      const own = change({ ...body, ...flushed }, trace);
      const { line, hash } = writeLine(place, own as unknown as RecordBody);
      heads.set(trace, hash);
      return line;
    });
  writeFileSync(ledgerFile(root), lines.join(""));
  const ends = recordsOf(whole).filter(({ type }) => type === "closed");
  return { root, ends, traces: names.map((name) => `t${name}`) };
}

/** How they ended; which position in a stream each got hangs on their order. */
function endsOf(records: readonly LedgerRecord[]) {
  const ends = records.flatMap((one) =>
    one.type === "closed"
      ? [[one.trace, `${one.exit} ${one.outcome} ${one.records}`] as const]
      : [],
  );
  return Object.fromEntries(ends);
}

describe("where many executions are found open", () => {
  test("new work waits for the first of them, and for the one that wrote last", async () => {
    const { root, ends, traces } = await openMany();
    const runtime = await open(root, SOME);
    const first = [...traces.slice(0, FIRST), traces.at(-1)];
    expect(runtime.recovery.continued).toEqual(first);
    expect(runtime.recovery.later).toEqual(traces.slice(FIRST, -1));
    await runtime.submit({ workflow: REGISTER, payload: { name: "new" }, traceId: "new" });
    await runtime.recovered();
    expect([...runtime.recovery.continued].sort()).toEqual([...traces].sort());
    await runtime.close();
    const { new: own, ...found } = endsOf(recordsOf(root));
    expect(own).toBeDefined();
    expect(found).toEqual(endsOf(ends));
  });

  test("closing leaves as they are those whose turn has not come, and the next start ends them as if there had been no stop", async () => {
    const { root: base, ends, traces } = await openMany();
    const found = recordsOf(base);
    const counts = new Set<number>();
    for (const closeAfter of [0, 1, 3, 8, 20, 60]) {
      const root = copyOf(base);
      const runtime = await open(root, SOME);
      await turns(closeAfter);
      await runtime.close();
      const { left } = runtime.recovery;
      counts.add(left.length);
      const closed = new Set(Object.keys(endsOf(recordsOf(root))));
      expect(left).toEqual(traces.filter((trace) => !closed.has(trace)));
      const isLeft = ({ trace }: LedgerRecord) => left.includes(trace);
      expect(recordsOf(root).filter(isLeft)).toEqual(found.filter(isLeft));
      await during(root, async (next) => {
        await next.recovered();
        expect([...next.recovery.continued].sort()).toEqual([...left].sort());
        expect(next.recovery.left).toEqual([]);
      });
      expect(endsOf(recordsOf(root))).toEqual(endsOf(ends));
      expect(verifyState({ dataRoot: root, files: systemFiles }).problems).toEqual([]);
    }
    expect(Math.max(...counts)).toBeGreaterThan(100);
  });

  test("closing again and again comes to the same end, and what was asked for by name is answered", async () => {
    const { root, ends, traces } = await openMany();
    for (let starts = 0; Object.keys(endsOf(recordsOf(root))).length < MANY; starts += 1) {
      const runtime = await open(root, { ...SOME, goOnFirstMax: 1 });
      const asked = traces.findLast((trace) => runtime.recovery.later.includes(trace)) ?? "t0";
      const cancelled = runtime.cancel({ trace: asked });
      const name = asked.slice(1);
      const work = { workflow: REGISTER, payload: { name }, idempotencyKey: `k${name}` };
      const answer = runtime.submit(work);
      const all = runtime.migrate({});
      const over = Promise.allSettled([cancelled, answer, all]);
      await runtime.close();
      const [one, two, three] = await over;
      expect(one).toMatchObject({ reason: { code: "cancel/ended" } });
      expect(two).toMatchObject({ value: { trace_id: asked, repeated: true } });
      if (runtime.recovery.left.length > 0) {
        expect(three).toMatchObject({ reason: { code: "runtime/closed" } });
      }
      expect(starts).toBeLessThan(MANY);
    }
    expect(endsOf(recordsOf(root))).toEqual(endsOf(ends));
    await during(root, async ({ recovery }) => expect(recovery.continued).toEqual([]), SOME);
  });

  test("one that somebody asks for goes on before the others", async () => {
    const { root } = await openMany();
    const runtime = await open(root, SOME);
    const work = { workflow: REGISTER, payload: { name: "180" }, idempotencyKey: "k180" };
    const [answer] = await Promise.all([
      runtime.submit(work),
      expect(runtime.cancel({ trace: "t190" })).rejects.toMatchObject({ code: "cancel/ended" }),
    ]);
    expect(answer).toMatchObject({ trace_id: "t180", repeated: true, outcome: "SUCCESS" });
    await runtime.recovered();
    const { continued } = runtime.recovery;
    // What had been begun when they were asked for comes before.
    expect(continued.indexOf("t180")).toBeLessThan(FIRST + 1 + 2 * 64);
    expect(continued.indexOf("t190")).toBeLessThan(continued.indexOf("t170"));
    await runtime.close();
  });

  test("where one cannot go on, all that stay open are told when it is closed", async () => {
    const { root, traces } = await openMany((body, trace) =>
      trace === "t60" && body.type === "node" ? { ...body, to: "nowhere" } : body,
    );
    const runtime = await open(root, SOME);
    await expect(runtime.close()).rejects.toMatchObject({ code: "ledger/diverged" });
    const closed = new Set(Object.keys(endsOf(recordsOf(root))));
    expect(runtime.recovery.left).toEqual(traces.filter((trace) => !closed.has(trace)));
  });

  test("one whose records are not what its graph makes stops the runtime", async () => {
    const { root } = await openMany((body, trace) =>
      trace === "t150" && body.type === "node" ? { ...body, to: "nowhere" } : body,
    );
    const runtime = await open(root, SOME);
    await runtime.recovered();
    const work = { workflow: REGISTER, payload: { name: "new" } };
    await expect(runtime.submit(work)).rejects.toMatchObject({ code: "ledger/diverged" });
    await expect(runtime.close()).rejects.toMatchObject({ code: "ledger/diverged" });
    const ended = recordsOf(root).filter(({ type }) => type === "closed");
    expect(ended.map(({ trace }) => trace)).not.toContain("t150");
  });

  test("no more records than a bound are kept, and each of them is the one that stands there", async () => {
    const { root, traces } = await openMany();
    const entries = entriesOf(root);
    for (const recordsHeldMax of [0, 7, 64, 10_000]) {
      const read: number[] = [];
      const files = {
        ...systemFiles,
        readAt: (path: string, offset: number, length: number) => {
          read.push(length);
          return systemFiles.readAt(path, offset, length);
        },
      };
      const gathering = { files, dataRoot: root, lines: true, applied: 0, recordsHeldMax };
      const gathered = new Gathered(gathering);
      for (const entry of entries) {
        gathered.take(entry);
        expect(gathered.held).toBeLessThanOrEqual(recordsHeldMax);
      }
      const unfinished = gathered.takeOpen();
      // One by one, or as many at once as go on together.
      if (recordsHeldMax === 64) Unfinished.load(unfinished);
      expect(unfinished.map(({ trace }) => trace)).toEqual(traces);
      for (const one of unfinished) {
        const own = entries.filter(({ record }) => record.trace === one.trace);
        expect(one.journal.records).toEqual(own.map(({ record }) => record));
        const lines = one.journal.lines.map((line) => Buffer.from(line as Uint8Array));
        expect(lines).toEqual(own.map(({ raw }) => Buffer.from(raw.bytes)));
      }
      // What is kept is not read again, and what is not is read once.
      const kept = Math.min(traces.length, Math.floor(recordsHeldMax / 2));
      expect(read.length).toBe(recordsHeldMax === 64 ? 1 : traces.length - kept);
    }
  });
});
