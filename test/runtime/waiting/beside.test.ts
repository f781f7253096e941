/** Several things that one execution waits for at a time, and calls that are made again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWaiting } from "../../../runtime/answer.ts";
import { replayed, types, until } from "../cancel/asking.ts";
import { during, freshRoot, open, recordsOf } from "../on-disk.ts";
import {
  APPROVE,
  BOTH,
  DAY_MS,
  HOUR_MS,
  handClock,
  outside,
  RETRY,
  retryGraph,
  settled,
  waitingWith,
} from "./place.ts";

const FORK = { workflow: BOTH, payload: 1, traceId: "t1" } as const;
const AGAIN = { workflow: RETRY, payload: 1, traceId: "t1" } as const;
const SAY = { trace: "t1", name: "SAY", payload: "go on" } as const;

describe("branches of one execution", () => {
  test("call the outside at once, and are answered in whatever order", async () => {
    const orders = fc.shuffledSubarray(["one", "two", "time", "word"], { minLength: 4 });
    const check = async (order: readonly string[]) => {
      const root = freshRoot();
      const clock = handClock();
      const { call, calls, answer } = outside();
      const options = waitingWith(clock, { call });
      const told = await during(
        root,
        async (runtime) => {
          const submitted = runtime.submit(FORK);
          await until(() => calls.length === 2);
          expect(calls.map(({ node }) => node)).toEqual(["both/one/ask", "both/two/ask"]);
          let last: unknown;
          for (const name of order) {
            if (name === "word") last = runtime.signal(SAY).catch((error: unknown) => error);
            else if (name === "time") clock.by(HOUR_MS);
            else answer(name === "one" ? 0 : 1);
            await settled();
          }
          await last;
          const answered = await submitted;
          if (!isWaiting(answered)) return answered;
          // Once both calls were answered, it left memory.
          const again = await runtime.cancel({ trace: "t1" }).catch((error: unknown) => error);
          expect(again).toMatchObject({ code: "cancel/ended" });
          return recordsOf(root, "t1").at(-1);
        },
        options,
      );
      expect(told).toMatchObject({ outcome: "DONE" });
      const seen = types(recordsOf(root, "t1")).filter((type) =>
        /^(external|node) both.*ask$/.test(type),
      );
      const named = order.map(
        (name) => `${name === "one" || name === "two" ? "external" : "node"} both/${name}/ask`,
      );
      expect(seen).toEqual(named);
      expect(await replayed(root, options)).toMatchObject({ divergence: null });
    };
    await fc.assert(fc.asyncProperty(orders, check), { numRuns: 24 });
  });

  test("are all ended by one cancel, and their calls are given up once that is durable", async () => {
    const root = freshRoot();
    const { call, calls } = outside();
    const given: string[] = [];
    const options = waitingWith(handClock(), {
      call: (asked) => {
        asked.signal.addEventListener("abort", () => {
          given.push(`${asked.node} behind ${recordsOf(root, "t1").at(-1)?.type}`);
        });
        return call(asked);
      },
    });
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(FORK);
        await until(() => calls.length === 2);
        const answer = await runtime.cancel({ trace: "t1" });
        expect(answer).toMatchObject({
          outcome: "CANCELLED",
          cancelled: { node: "both", in_doubt: true },
        });
        expect(await submitted).toEqual(answer);
        await settled();
      },
      options,
    );
    expect(given.sort()).toEqual(["both/one/ask behind closed", "both/two/ask behind closed"]);
    const records = types(recordsOf(root, "t1"));
    expect(records.filter((type) => type.startsWith("cancelled"))).toEqual(["cancelled both"]);
    expect(await replayed(root, options)).toMatchObject({ divergence: null });
  });

  test("keep an execution in memory while one of them calls, and out of it when none does", async () => {
    const root = freshRoot();
    const clock = handClock();
    const { call, calls, answer } = outside();
    const options = waitingWith(clock, { call });
    const runtime = await open(root, options);
    const submitted = runtime.submit(FORK);
    await until(() => calls.length === 2);
    // Told while it is in memory.
    const told = runtime.signal(SAY);
    answer(0);
    await settled();
    answer(1);
    const waits = { waiting: [{ node: "both/time/ask", signals: [] }] };
    expect(await submitted).toMatchObject(waits);
    expect(await told).toMatchObject({ node: "both/word/ask", answer: waits });
    await runtime.close();
    clock.by(2 * DAY_MS);
    await during(root, (again) => again.wake(), options);
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "DONE" });
  });
});

describe("a call that is made again", () => {
  test("is made again when it is time, under the same key, and is waited for", async () => {
    const root = freshRoot();
    const clock = handClock();
    const { call, calls, answer } = outside();
    const options = waitingWith(clock, { call });
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(AGAIN);
        await until(() => calls.length === 1);
        answer(0, "BUSY");
        await settled();
        clock.by(999);
        await settled();
        expect(calls).toHaveLength(1);
        clock.by(1);
        await until(() => calls.length === 2);
        answer(1, "BUSY");
        await settled();
        clock.by(3_999);
        await settled();
        expect(calls).toHaveLength(2);
        clock.by(1);
        await until(() => calls.length === 3);
        answer(2);
        expect(await submitted).toMatchObject({ outcome: "DONE" });
      },
      options,
    );
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(types(recordsOf(root, "t1"))).toEqual([
      "opened",
      ...["attempted call", "retry call", "attempted call", "retry call", "attempted call"],
      ...["external call", "effect note", "closed"],
    ]);
    expect(await replayed(root, options)).toMatchObject({ ok: true });
  });

  test("leaves its place to others while it waits, and keeps nobody from closing", async () => {
    const root = freshRoot();
    const clock = handClock();
    const { call, calls, answer } = outside();
    const options = waitingWith(clock, { call, underWayMax: 1, queueMax: 0 });
    const runtime = await open(root, options);
    const submitted = runtime.submit(AGAIN);
    await until(() => calls.length === 1);
    const other = { workflow: APPROVE, payload: 1 };
    await expect(runtime.submit(other)).rejects.toMatchObject({ code: "runtime/queue-full" });
    answer(0, "BUSY");
    await settled();
    expect(isWaiting(await runtime.submit(other))).toBe(true);
    await runtime.close();
    expect(await submitted).toMatchObject({ waiting: [{ node: "call", signals: [] }] });
    // The next start goes on where it was: the second attempt, not the first one anew.
    clock.by(1_000);
    const second = outside();
    await during(
      root,
      async (again) => {
        const waking = again.wake();
        await until(() => second.calls.length === 1);
        expect(second.calls[0]).toMatchObject({ attempt: 2 });
        second.answer(0);
        await waking;
      },
      waitingWith(clock, { call: second.call }),
    );
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "DONE" });
  });

  test("leaves memory where that is far away", async () => {
    const root = freshRoot();
    const clock = handClock();
    const { call, calls, answer } = outside();
    const options = waitingWith(clock, { call, graphs: [retryGraph(HOUR_MS)] });
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(AGAIN);
        await until(() => calls.length === 1);
        answer(0, "BUSY");
        expect(await submitted).toMatchObject({ waiting: [{ node: "call", signals: [] }] });
        clock.by(HOUR_MS);
        await until(() => calls.length === 2);
        answer(1);
        await settled();
        expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "DONE" });
      },
      options,
    );
  });
});
