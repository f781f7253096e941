/** Executions that wait out of memory: what is told meanwhile, and how they go on. */
import { describe, expect, test } from "vitest";
import { isWaiting } from "../../../runtime/answer.ts";
import type { ClosedExecution, Woken } from "../../../runtime/runtime-options.ts";
import { replayed, types } from "../cancel/asking.ts";
import { during, freshRoot, open, recordsOf } from "../on-disk.ts";
import {
  APPROVE,
  BEGAN_MS,
  DAY_MS,
  HOUR_MS,
  handClock,
  LATER,
  settled,
  waitingWith,
} from "./place.ts";

const WORK = { workflow: APPROVE, payload: { name: "a" }, traceId: "t1" } as const;
const SLEEP = { workflow: LATER, payload: 1, traceId: "t2" } as const;

function at(ms: number): string {
  return new Date(BEGAN_MS + ms).toISOString();
}

describe("an execution that waits", () => {
  test("answers with what it waits for, once that is durable", async () => {
    const root = freshRoot();
    const clock = handClock();
    const answer = await during(root, (runtime) => runtime.submit(WORK), waitingWith(clock));
    expect(answer).toMatchObject({
      trace_id: "t1",
      workflow: APPROVE,
      repeated: false,
      waiting: [{ node: "wait", until: at(30 * DAY_MS), signals: ["APPROVE", "REJECT"] }],
      steps: [{ node: "identify", outcome: "SUCCESS", to: "wait" }],
    });
    expect(types(recordsOf(root, "t1"))).toEqual(["opened", "node identify", "timer wait"]);
  });

  test("goes on when somebody tells it, in another process", async () => {
    const root = freshRoot();
    const clock = handClock();
    const options = waitingWith(clock);
    await during(root, (runtime) => runtime.submit(WORK), options);
    clock.to(BEGAN_MS + DAY_MS);
    await during(
      root,
      async (runtime) => {
        const told = { trace: "t1", name: "APPROVE", payload: { why: "it is fine" } };
        const { answer } = await runtime.signal(told);
        expect(answer).toMatchObject({ trace_id: "t1", outcome: "APPROVED", fault: false });
      },
      options,
    );
    const records = recordsOf(root, "t1");
    const rest = ["signal wait", "node wait", "effect note", "closed"];
    expect(types(records).slice(3)).toEqual(rest);
    expect(await replayed(root, options)).toMatchObject({ ok: true, divergence: null });
  });

  test("goes on when its time is up, and never before", async () => {
    const root = freshRoot();
    const clock = handClock();
    const woken: Woken[] = [];
    const options = waitingWith(clock, { onWoken: (one) => void woken.push(one) });
    await during(
      root,
      async (runtime) => {
        const answer = await runtime.submit(SLEEP);
        expect(isWaiting(answer)).toBe(true);
        clock.by(HOUR_MS - 1);
        await settled();
        expect(woken).toEqual([]);
        clock.by(1);
        await settled();
        expect(woken).toMatchObject([{ trace: "t2", answer: { waiting: [{ node: "second" }] } }]);
        // Far beyond what one timer of the system can count.
        for (let day = 0; day < 39; day += 1) {
          clock.by(DAY_MS);
          await settled();
        }
        expect(woken).toHaveLength(1);
        clock.by(DAY_MS);
        await settled();
        expect(woken.at(-1)).toMatchObject({ trace: "t2", answer: { outcome: "DONE" } });
      },
      options,
    );
    for (const record of recordsOf(root, "t2")) {
      if (record.type !== "node") continue;
      const wait = recordsOf(root, "t2").find((r) => r.type === "timer" && r.node === record.node);
      if (wait?.type === "timer") expect(record.at >= wait.until).toBe(true);
    }
    expect(await replayed(root, options)).toMatchObject({ ok: true });
  });

  test("goes on at the next start where its time came while nobody was there", async () => {
    const root = freshRoot();
    const clock = handClock();
    const woken: Woken[] = [];
    const options = waitingWith(clock, { onWoken: (one) => void woken.push(one) });
    await during(root, (runtime) => runtime.submit(SLEEP), options);
    clock.to(BEGAN_MS + HOUR_MS - 1);
    await during(root, (runtime) => runtime.wake(), options);
    expect(woken).toEqual([]);
    clock.to(BEGAN_MS + 90 * DAY_MS);
    await during(root, (runtime) => runtime.wake(), options);
    expect(woken).toMatchObject([{ trace: "t2", answer: { waiting: [{ node: "second" }] } }]);
    clock.to(BEGAN_MS + 130 * DAY_MS);
    await during(root, (runtime) => runtime.wake(), options);
    expect(woken.at(-1)).toMatchObject({ trace: "t2", answer: { outcome: "DONE" } });
  });

  test("waits for the ledger's time where the clock goes back", async () => {
    const root = freshRoot();
    const clock = handClock();
    const woken: Woken[] = [];
    const options = waitingWith(clock, { onWoken: (one) => void woken.push(one) });
    await during(
      root,
      async (runtime) => {
        await runtime.submit(SLEEP);
        clock.to(BEGAN_MS - 2 * HOUR_MS);
        clock.by(2 * HOUR_MS);
        await settled();
        expect(woken).toEqual([]);
        clock.by(HOUR_MS);
        await settled();
        expect(woken).toHaveLength(1);
      },
      options,
    );
  });

  test("is not in memory, and its records are not read at a start", async () => {
    const root = freshRoot();
    const options = waitingWith(handClock());
    await during(
      root,
      async (runtime) => {
        for (let n = 0; n < 50; n += 1) await runtime.submit({ ...WORK, traceId: `a${n}` });
      },
      options,
    );
    const read: number[] = [];
    const files = { ...options.ports?.files } as NonNullable<typeof options.ports>["files"];
    const counted = {
      ...files,
      readAt: (path: string, offset: number, length: number) => {
        if (path.endsWith(".jsonl")) read.push(length);
        return files.readAt(path, offset, length);
      },
    };
    const ports = { ...options.ports, files: counted } as NonNullable<typeof options.ports>;
    const runtime = await open(root, { ...options, ports });
    expect(runtime.recovery).toMatchObject({ continued: [], calling: [], waiting: [], held: [] });
    // The last segment is verified whole while it is small; none of it a second time.
    const before = read.length;
    const told = { trace: "a7", name: "REJECT", payload: { why: "no" } };
    expect((await runtime.signal(told)).answer).toMatchObject({ outcome: "REFUSED" });
    expect(read.length - before).toBe(1);
    await runtime.close();
  });

  test("gives a repeated idempotency key what it waits for, and later its end", async () => {
    const root = freshRoot();
    const options = waitingWith(handClock());
    const work = { ...WORK, idempotencyKey: "k" };
    const first = await during(root, (runtime) => runtime.submit(work), options);
    await during(
      root,
      async (runtime) => {
        const again = { workflow: APPROVE, payload: { name: "a" }, idempotencyKey: "k" };
        expect(await runtime.submit(again)).toEqual({ ...first, repeated: true });
        const other = { ...again, payload: { name: "b" } };
        await expect(runtime.submit(other)).rejects.toMatchObject({
          code: "idempotency/other-work",
        });
        await runtime.signal({ trace: "t1", name: "APPROVE", payload: { why: "yes" } });
        expect(await runtime.submit(again)).toMatchObject({ outcome: "APPROVED", repeated: true });
      },
      options,
    );
  });

  test("is handed over when it waits, and again at its end", async () => {
    const root = freshRoot();
    const handed: (readonly [string, number])[] = [];
    const onClosed = ({ records, lines }: ClosedExecution) => {
      expect(Buffer.from(lines).toString().split("\n")).toHaveLength(records.length + 1);
      handed.push([records.at(-1)?.type ?? "", records.length]);
    };
    const options = waitingWith(handClock(), { onClosed });
    await during(
      root,
      async (runtime) => {
        await runtime.submit(WORK);
        await runtime.signal({ trace: "t1", name: "APPROVE", payload: { why: "yes" } });
      },
      options,
    );
    expect(handed).toEqual([
      ["timer", 3],
      ["closed", 7],
    ]);
  });

  test("can be cancelled where it sleeps, and is not there any more afterwards", async () => {
    const root = freshRoot();
    const clock = handClock();
    const options = waitingWith(clock);
    await during(root, (runtime) => runtime.submit(SLEEP), options);
    clock.to(BEGAN_MS + 2 * HOUR_MS);
    await during(
      root,
      async (runtime) => {
        expect(await runtime.cancel({ trace: "t2", reason: "not needed" })).toMatchObject({
          outcome: "CANCELLED",
          cancelled: { node: "first", in_doubt: false },
        });
      },
      // Nothing is woken by who comes to cancel.
      { ...options, hold: true },
    );
    expect(types(recordsOf(root, "t2"))).toEqual([
      "opened",
      "timer first",
      "cancelled first",
      "closed",
    ]);
    const told = { trace: "t2", name: "X", payload: 1 };
    await during(
      root,
      (runtime) => expect(runtime.signal(told)).rejects.toMatchObject({ code: "signal/ended" }),
      options,
    );
    expect(await replayed(root, options)).toMatchObject({ ok: true });
  });

  test("stays as it was where what it is told is refused", async () => {
    const root = freshRoot();
    const options = waitingWith(handClock());
    await during(
      root,
      async (runtime) => {
        await runtime.submit(WORK);
        const bad = { trace: "t1", name: "APPROVE", payload: { why: 7 } };
        await expect(runtime.signal(bad)).rejects.toMatchObject({ code: "signal/unfit-payload" });
        const none = { trace: "t1", name: "PAUSE", payload: 1 };
        await expect(runtime.signal(none)).rejects.toMatchObject({ code: "signal/not-awaited" });
        const good = { trace: "t1", name: "APPROVE", payload: { why: "yes" } };
        expect((await runtime.signal(good)).answer).toMatchObject({ outcome: "APPROVED" });
      },
      options,
    );
  });
});
