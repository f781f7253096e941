/** Calls to the outside: announced before they are made, answered once, never guessed. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { External, ExternalCall } from "../../../protocol/language/capabilities.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { during, freshRoot, ledgerBytes, ledgerFile, open, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

const WORKFLOW = "test::WF_ASK_V0" as const;

function askGraph(repeat: "safe" | "unsafe", timeoutMs = 1_000): Graph {
  return new GraphMaker(WORKFLOW, { type: "object" })
    .external(
      "ask",
      {
        implementation: "outside",
        input: { read: [0] },
        repeat,
        timeoutMs,
        outcomes: { DONE: { type: "object", required: ["said"] }, NO: true },
      },
      {
        DONE: "done",
        NO: "no",
        [repeat === "safe" ? "TIMEOUT" : "IN_DOUBT"]: "unknown",
      },
    )
    .exit("done", "SUCCESS", { object: [["said", { read: [2, "said"] }]] })
    .exit("no", "REFUSED")
    .exit("unknown", "UNKNOWN")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** What the runtime needs to ask this outside. */
function asking(
  call: External["call"],
  { repeat = "unsafe" as "safe" | "unsafe", timeoutMs = 1_000 } = {},
): Partial<RuntimeOptions> {
  return {
    snapshot: snapshotOf([askGraph(repeat, timeoutMs)], ["outside"]),
    capabilities: capabilitiesOf({}, { outside: call }),
  };
}

const WORK = { workflow: WORKFLOW, payload: { question: "why" }, traceId: "t1" };
const said = async () => ({ outcome: "DONE", output: { said: "because" } });

function types(records: readonly LedgerRecord[]): readonly string[] {
  return records.map((record) =>
    "node" in record ? `${record.type} ${record.node}` : record.type,
  );
}

describe("a call to the outside", () => {
  test("is announced by a durable record before it is made, under one key", async () => {
    const root = freshRoot();
    const seen: { call: ExternalCall; records: readonly string[] }[] = [];
    const outside: External["call"] = async (call) => {
      seen.push({ call, records: types(recordsOf(root)) });
      return said();
    };
    const answer = await during(root, (runtime) => runtime.submit(WORK), asking(outside));
    expect(answer).toMatchObject({ outcome: "SUCCESS", result: { said: "because" } });
    expect(seen.map(({ records }) => records)).toEqual([["opened", "attempted ask"]]);
    expect(seen[0]?.call).toMatchObject({
      operation: "CALL",
      attempt: 1,
      trace: "t1",
      node: "ask",
    });
    const [, attempted, external] = recordsOf(root);
    expect(attempted).toMatchObject({ attempt: 1, input: { question: "why" } });
    expect(seen[0]?.call.idempotencyKey).toBe(
      (attempted as { idempotency_key?: string }).idempotency_key,
    );
    expect(external).toMatchObject({ attempt: 1, outcome: "DONE", to: "done" });
  });

  test("has another key in another execution, and cannot change its input", async () => {
    const keys: string[] = [];
    const outside: External["call"] = async ({ idempotencyKey, input }) => {
      keys.push(idempotencyKey);
      expect(Object.isFrozen(input)).toBe(true);
      return said();
    };
    await during(
      freshRoot(),
      async (runtime) => {
        for (const traceId of ["t1", "t2"]) await runtime.submit({ ...WORK, traceId });
      },
      asking(outside),
    );
    expect(new Set(keys).size).toBe(2);
  });

  test.each([
    [
      "answers what its contract does not declare",
      async () => ({ outcome: "MAYBE", output: 1 }),
      "FAULTED",
    ],
    ["answers what does not fit", async () => ({ outcome: "DONE", output: {} }), "FAULTED"],
    ["throws", async () => Promise.reject(new Error("broken")), "UNKNOWN"],
    [
      "throws at once",
      () => {
        throw new Error("broken");
      },
      "UNKNOWN",
    ],
    ["does not know", async () => ({ unknown: "reset" }), "UNKNOWN"],
    ["says no", async () => ({ outcome: "NO", output: null }), "REFUSED"],
  ] satisfies [string, External["call"], string][])("that %s ends so", async (_, call, outcome) => {
    for (const repeat of ["safe", "unsafe"] as const) {
      const options = asking(call, { repeat });
      const answer = await during(freshRoot(), (runtime) => runtime.submit(WORK), options);
      expect(answer.outcome).toBe(outcome);
    }
  });

  test("that never answers is given up after its time, and told to stop", async () => {
    let aborted = false;
    const outside: External["call"] = ({ signal }) =>
      new Promise(() => signal.addEventListener("abort", () => (aborted = true)));
    const root = freshRoot();
    const options = asking(outside, { repeat: "safe", timeoutMs: 20 });
    const answer = await during(root, (runtime) => runtime.submit(WORK), options);
    expect(answer.outcome).toBe("UNKNOWN");
    expect(aborted).toBe(true);
    expect(recordsOf(root)[2]).toMatchObject({
      type: "external",
      outcome: "TIMEOUT",
      reason: { code: "unknown/elapsed" },
    });
  });

  test("does not keep others from running meanwhile", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const outside: External["call"] = async ({ trace }) => {
      if (trace === "slow") await held;
      else release();
      return said();
    };
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        const slow = runtime.submit({ ...WORK, traceId: "slow" });
        await runtime.submit({ ...WORK, traceId: "quick" });
        expect((await slow).outcome).toBe("SUCCESS");
      },
      asking(outside),
    );
    const ends = recordsOf(root).filter(({ type }) => type === "closed");
    expect(ends.map(({ trace }) => trace)).toEqual(["quick", "slow"]);
  });
});

/** A data root whose one execution stopped when its call had been announced and nothing else. */
async function stoppedInCall(options: Partial<RuntimeOptions>): Promise<string> {
  const root = freshRoot();
  await during(root, (runtime) => runtime.submit(WORK), options);
  const lines = ledgerBytes(root)
    .toString()
    .split(/(?<=\n)/);
  writeFileSync(ledgerFile(root), lines.slice(0, 2).join(""));
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(root, file), { force: true });
  }
  return root;
}

describe("after a stop in the middle of a call", () => {
  test("an unsafe one is not made again and ends in doubt", async () => {
    const root = await stoppedInCall(asking(said));
    const calls: ExternalCall[] = [];
    const counting: External["call"] = async (call) => {
      calls.push(call);
      return said();
    };
    await during(root, async () => {}, asking(counting));
    expect(calls).toEqual([]);
    const records = recordsOf(root, "t1");
    expect(types(records)).toEqual(["opened", "attempted ask", "external ask", "closed"]);
    expect(records[2]).toMatchObject({
      outcome: "IN_DOUBT",
      to: "unknown",
      reason: { code: "unknown/interrupted" },
    });
  });

  test("a safe one is made again, announced again, under the same key", async () => {
    const root = await stoppedInCall(asking(said, { repeat: "safe" }));
    const calls: ExternalCall[] = [];
    const counting: External["call"] = async (call) => {
      calls.push(call);
      return said();
    };
    const runtime = await open(root, asking(counting, { repeat: "safe" }));
    expect(runtime.recovery).toMatchObject({ continued: [], calling: ["t1"] });
    await runtime.close();
    const records = recordsOf(root, "t1");
    expect(types(records)).toEqual([
      "opened",
      "attempted ask",
      "attempted ask",
      "external ask",
      "closed",
    ]);
    const [, first, second] = records as unknown as {
      idempotency_key?: string;
      attempt?: number;
    }[];
    expect(calls.map(({ idempotencyKey, attempt }) => [idempotencyKey, attempt])).toEqual([
      [first?.idempotency_key, 2],
    ]);
    expect(second).toMatchObject({ attempt: 2, idempotency_key: first?.idempotency_key });
  });

  test("new work need not wait for the call that goes on", async () => {
    const root = await stoppedInCall(asking(said, { repeat: "safe" }));
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const outside: External["call"] = async ({ trace }) => {
      if (trace === "t1") await held;
      return said();
    };
    await during(
      root,
      async (runtime) => {
        expect((await runtime.submit({ ...WORK, traceId: "t2" })).outcome).toBe("SUCCESS");
        release();
      },
      asking(outside, { repeat: "safe" }),
    );
    expect(recordsOf(root, "t1").at(-1)?.type).toBe("closed");
  });

  test("a third start finds nothing left to do", async () => {
    const root = await stoppedInCall(asking(said));
    await during(root, async () => {}, asking(said));
    const before = ledgerBytes(root);
    await during(root, async () => {}, asking(said));
    expect(ledgerBytes(root).equals(before)).toBe(true);
  });
});

test("who asks again while a call goes on after a stop shares its answer", async () => {
  const options = asking(said, { repeat: "safe" });
  const root = freshRoot();
  const work = { ...WORK, idempotencyKey: "k1" };
  await during(root, (runtime) => runtime.submit(work), options);
  const lines = ledgerBytes(root)
    .toString()
    .split(/(?<=\n)/);
  writeFileSync(ledgerFile(root), lines.slice(0, 2).join(""));
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(root, file), { force: true });
  }
  const answer = await during(
    root,
    (runtime) => runtime.submit({ ...work, traceId: "t2" }),
    options,
  );
  expect(answer).toMatchObject({ trace_id: "t1", outcome: "SUCCESS", repeated: true });
  expect(recordsOf(root, "t2")).toEqual([]);
});
