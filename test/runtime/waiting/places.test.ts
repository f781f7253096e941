/** Places among those under way: who has one, who needs none, and that each is given back once. */
import { expect, test } from "vitest";
import { until } from "../cancel/asking.ts";
import { during, freshRoot } from "../on-disk.ts";
import { handClock, outside, RETRY, settled, waitingWith } from "./place.ts";

test("a call that is made again finds a place, however many wait for what comes of it", async () => {
  const clock = handClock();
  const { call, calls, answer } = outside();
  const options = { ...waitingWith(clock, { call }), underWayMax: 2, queueMax: 8 };
  const work = { workflow: RETRY, payload: 1, idempotencyKey: "once" } as const;
  await during(
    freshRoot(),
    async (runtime) => {
      const all = Array.from({ length: 6 }, () => runtime.submit(work));
      await until(() => calls.length === 1);
      answer(0, "BUSY");
      await settled();
      clock.by(1_000);
      await until(() => calls.length === 2);
      answer(1);
      const answers = await Promise.all(all);
      expect(new Set(answers.map(({ trace_id }) => trace_id)).size).toBe(1);
      expect(answers.filter(({ repeated }) => repeated)).toHaveLength(5);
      expect(answers[0]).toMatchObject({ outcome: "DONE" });
    },
    options,
  );
});

test("one that sleeps and is told what it does not wait for leaves no trace of having been awake", async () => {
  const root = freshRoot();
  const clock = handClock();
  const { call, calls, answer } = outside();
  const options = { ...waitingWith(clock, { call }), underWayMax: 2, queueMax: 8 };
  await during(
    root,
    async (runtime) => {
      const submitted = runtime.submit({ workflow: RETRY, payload: 1, traceId: "t1" });
      await until(() => calls.length === 1);
      answer(0, "BUSY");
      await settled();
      // Closing puts it to sleep, until it is tried again.
      void submitted;
    },
    options,
  );
  await during(
    root,
    async (runtime) => {
      const told = [1, 2].map(() =>
        runtime
          .signal({ trace: "t1", name: "APPROVE", payload: null })
          .catch((error: { readonly code?: string }) => error.code),
      );
      expect(await Promise.all(told)).toEqual(["signal/not-awaited", "signal/not-awaited"]);
      // It closes, though what was told is in memory for as long as it takes to try again.
    },
    options,
  );
});
