/**
 * Cancelling what a former writer left open, before it goes on: wherever it had stopped, and whether
 * or not it could go on at all.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import type { ClosedExecution, RuntimeOptions } from "../../../runtime/runtime-options.ts";
import {
  copyOf,
  during,
  freshRoot,
  ledgerBytes,
  ledgerFile,
  recordsOf,
  UNFLUSHED,
} from "../on-disk.ts";
import { capabilitiesOf } from "../protocol.ts";
import { asking, replayed, said, silence, types, until, WORK } from "./asking.ts";

const SEALED = { ...WORK, payload: { pin: "1234" } };
/** The records of a run, and where each of them leaves the execution standing. */
const RUN = [
  ["opened", "identify"],
  ["node identify", "note"],
  ["effect note", "ask"],
  ["node choose", "ask"],
  ["attempted ask", "ask"],
  ["external ask", "again"],
  ["attempted again", "again"],
] as const;

/** A data root without a state, whose one execution stopped after so many records. */
async function stoppedAfter(count: number, work = WORK, options = asking(said)): Promise<string> {
  const root = freshRoot();
  await during(root, (runtime) => runtime.submit(work), options);
  return cutTo(root, count);
}

function cutTo(root: string, count: number): string {
  const lines = ledgerBytes(root)
    .toString()
    .split(/(?<=\n)/);
  writeFileSync(ledgerFile(root), lines.slice(0, count).join(""));
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(root, file), { force: true });
  }
  return root;
}

const cancel = (runtime: Runtime) => runtime.cancel({ trace: "t1" });

function holding(options: Partial<RuntimeOptions>): Partial<RuntimeOptions> {
  return { ...options, hold: true };
}

describe("what was left open", () => {
  test.each(RUN.map((one, at) => [at + 1, ...one] as const))(
    "after %i records, %s, is cancelled at %s without asking anything anew",
    async (count, _, node) => {
      const { call, calls } = silence();
      const root = await stoppedAfter(count);
      let transforms = 0;
      const identify = () => {
        transforms += 1;
        return { outcome: "SUCCESS", output: {} };
      };
      const capabilities = capabilitiesOf({ identify }, { outside: call });
      const options = { ...asking(call), capabilities };
      const answer = await during(root, cancel, holding(options));
      expect(answer).toMatchObject({ exit: "on_cancel", outcome: "CANCELLED" });
      expect(calls).toEqual([]);
      expect(transforms).toBe(0);
      const records = recordsOf(root, "t1");
      const inDoubt = types(records).at(-3) === `attempted ${node}`;
      expect(records.at(-2)).toMatchObject({ type: "cancelled", node, in_doubt: inDoubt });
      expect(await replayed(root, asking(said))).toMatchObject({ ok: true, divergence: null });
      // The next start finds nothing left to do.
      const before = ledgerBytes(root);
      await during(root, async () => {}, asking(said));
      expect(ledgerBytes(root).equals(before)).toBe(true);
    },
  );

  test("is cancelled the same where the outside must not be asked twice", async () => {
    const root = await stoppedAfter(5, WORK, asking(said, "unsafe"));
    await during(root, cancel, holding(asking(said, "unsafe")));
    expect(types(recordsOf(root, "t1")).slice(-3)).toEqual([
      "attempted ask",
      "cancelled ask",
      "closed",
    ]);
  });

  test("and waits for nothing any more has ended, and is not cancelled", async () => {
    const root = await stoppedAfter(8);
    const refused = during(root, cancel, holding(asking(said)));
    await expect(refused).rejects.toMatchObject({ code: "cancel/ended" });
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "SUCCESS" });
  });

  test("stays as it was while nobody cancels it, and goes on with the next start", async () => {
    const root = await stoppedAfter(5);
    const before = ledgerBytes(root);
    const held = await during(root, async ({ recovery }) => recovery, holding(asking(said)));
    expect(held).toMatchObject({ continued: [], calling: [], stuck: [], held: ["t1"] });
    expect(ledgerBytes(root).equals(before)).toBe(true);
    await during(root, async () => {}, asking(said));
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "SUCCESS" });
  });

  test("and was cancelled already comes to its end with the next start, held or not", async () => {
    const whole = await stoppedAfter(5);
    await during(whole, cancel, holding(asking(said)));
    const [fingerprint, outcome] = endOf(whole);
    for (const options of [asking(said), holding(asking(said))]) {
      const root = cutTo(copyOf(whole), 6);
      expect(types(recordsOf(root)).at(-1)).toBe("cancelled ask");
      const { continued } = await during(root, async ({ recovery }) => recovery, options);
      expect(continued).toEqual(["t1"]);
      expect(endOf(root)).toEqual([fingerprint, outcome]);
      expect(await replayed(root, options)).toMatchObject({ ok: true, divergence: null });
    }
  });

  test("hands its trace over once it is cancelled", async () => {
    const root = await stoppedAfter(5);
    const closed: ClosedExecution[] = [];
    const onClosed = (one: ClosedExecution) => void closed.push(one);
    await during(root, cancel, holding({ ...asking(said), onClosed }));
    expect(closed.map(({ trace, records }) => [trace, records.length])).toEqual([["t1", 7]]);
    expect(Buffer.from(closed[0]?.lines ?? "").equals(ledgerBytes(root))).toBe(true);
  });

  test("gives its answer for its idempotency key: it is never run again", async () => {
    const work = { ...WORK, idempotencyKey: "k1" };
    const root = await stoppedAfter(5, work);
    await during(root, cancel, holding(asking(said)));
    const again = { ...work, traceId: "t2" };
    const answer = await during(root, (runtime) => runtime.submit(again), asking(said));
    expect(answer).toMatchObject({ trace_id: "t1", outcome: "CANCELLED", repeated: true });
  });
});

test("whatever byte of a cancel reached the disk last, it happened as a whole or not at all", async () => {
  const whole = await stoppedAfter(5);
  await during(whole, cancel, holding(asking(said)));
  const bytes = ledgerBytes(whole);
  const ends = [...bytes.toString().matchAll(/\n/g)].map(({ index }) => index + 1);
  const [begun = 0, cancelled = 0] = ends.slice(-3);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: begun, max: bytes.length }),
      fc.boolean(),
      async (at, hold) => {
        const root = cutTo(copyOf(whole), 0);
        writeFileSync(ledgerFile(root), bytes.subarray(0, at));
        await during(root, async () => {}, { ...asking(said), hold, ports: UNFLUSHED });
        // Held, what had not been cancelled goes on with the next start.
        if (hold) await during(root, async () => {}, { ...asking(said), ports: UNFLUSHED });
        expect(endOf(root)).toEqual(
          at >= cancelled ? endOf(whole) : [expect.anything(), "SUCCESS"],
        );
        expect(await replayed(root, asking(said))).toMatchObject({ ok: true, divergence: null });
      },
    ),
    { numRuns: 60 },
  );
});

function endOf(root: string): readonly unknown[] {
  const closed = recordsOf(root, "t1").at(-1);
  return closed?.type === "closed" ? [closed.fingerprint, closed.outcome] : [];
}

describe("what cannot go on", () => {
  test("because a capability is gone is cancelled without it", async () => {
    const root = await stoppedAfter(5);
    const { snapshot: old } = asking(said);
    if (old === undefined) throw new Error("there is a snapshot");
    const { calls, call } = silence();
    // Under a snapshot of today that does not need it.
    const today = { ...old, id: "0".repeat(64) as typeof old.id, capabilities: [] };
    const options = {
      snapshot: today,
      snapshots: () => old,
      capabilities: capabilitiesOf({}, {}),
    };
    await during(
      root,
      async (runtime) => {
        expect(runtime.recovery.stuck).toMatchObject([{ trace: "t1", code: "capability/missing" }]);
        expect((await cancel(runtime)).outcome).toBe("CANCELLED");
      },
      options,
    );
    expect(calls).toEqual([]);
    expect(await replayed(root, asking(call))).toMatchObject({ ok: true, divergence: null });
  });

  test("because its snapshot is gone is told so: nobody knows where it stands", async () => {
    const root = await stoppedAfter(5);
    const { snapshot: old } = asking(said);
    if (old === undefined) throw new Error("there is a snapshot");
    const snapshots = () => {
      throw new Refusal("viability", "snapshot/not-found", "it is gone");
    };
    const today = { ...old, id: "0".repeat(64) as typeof old.id };
    const options = { ...asking(said), snapshot: today, snapshots };
    const before = ledgerBytes(root);
    await expect(during(root, cancel, options)).rejects.toMatchObject({
      family: "acceptance",
      code: "cancel/no-snapshot",
    });
    expect(ledgerBytes(root).equals(before)).toBe(true);
  });

  test.each([
    [5, "ask", true],
    [2, "note", false],
  ] as const)(
    "because its key is gone is cancelled by its records alone, after %i of them",
    async (count, node, inDoubt) => {
      const root = await stoppedAfter(count, SEALED);
      rmSync(join(root, "keys", "default", "t1.key"));
      await during(
        root,
        async (runtime) => {
          expect(runtime.recovery.stuck).toMatchObject([{ code: "sealing/erased" }]);
          expect((await cancel(runtime)).outcome).toBe("CANCELLED");
        },
        asking(said),
      );
      expect(recordsOf(root, "t1").at(-2)).toMatchObject({ node, in_doubt: inDoubt });
      await during(root, async ({ recovery }) => expect(recovery.stuck).toEqual([]), asking(said));
    },
  );

  test("because its key is gone, and decides next, stays: nobody can tell what it waits for", async () => {
    const root = await stoppedAfter(3, SEALED);
    rmSync(join(root, "keys", "default", "t1.key"));
    const before = ledgerBytes(root);
    await expect(during(root, cancel, asking(said))).rejects.toMatchObject({
      code: "cancel/erased",
    });
    expect(ledgerBytes(root).equals(before)).toBe(true);
  });
});

test("a call that goes on after a stop can be cancelled like any other", async () => {
  const root = await stoppedAfter(5);
  const { call, calls } = silence();
  await during(
    root,
    async (runtime) => {
      expect(runtime.recovery.calling).toEqual(["t1"]);
      await until(() => calls.length === 1);
      expect((await cancel(runtime)).outcome).toBe("CANCELLED");
    },
    asking(call),
  );
  expect(types(recordsOf(root, "t1")).slice(-4)).toEqual([
    "attempted ask",
    "attempted ask",
    "cancelled ask",
    "closed",
  ]);
  expect(await replayed(root, asking(call))).toMatchObject({ ok: true, divergence: null });
});

test("one that waits for its turn is cancelled before it comes, and takes nobody else's", async () => {
  const root = freshRoot();
  let left = "";
  const first = silence();
  const options = asking(first.call);
  await during(
    root,
    async (runtime) => {
      const both = ["t1", "t2", "t3"].map((traceId) => runtime.submit({ ...WORK, traceId }));
      await until(() => first.calls.length === 3);
      // The ledger as a crash would leave it now.
      left = copyOf(root);
      for (const trace of ["t1", "t2", "t3"]) await runtime.cancel({ trace });
      await Promise.all(both);
    },
    options,
  );
  const { call, calls } = silence();
  await during(
    left,
    async (runtime) => {
      expect(runtime.recovery.calling).toEqual(["t1", "t2", "t3"]);
      await until(() => calls.length === 1);
      expect((await runtime.cancel({ trace: "t2" })).outcome).toBe("CANCELLED");
      expect((await runtime.cancel({ trace: "t1" })).outcome).toBe("CANCELLED");
      // The turn of `t2` came and went.
      await until(() => calls.length === 2);
      expect((await runtime.cancel({ trace: "t3" })).outcome).toBe("CANCELLED");
      const fresh = runtime.submit({ ...WORK, traceId: "t4" });
      await until(() => calls.length === 3);
      await runtime.cancel({ trace: "t4" });
      await fresh;
    },
    { ...asking(call), underWayMax: 1 },
  );
  expect(calls.map(({ trace }) => trace)).toEqual(["t1", "t3", "t4"]);
});
