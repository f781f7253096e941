/** Cancelling what is under way in this process: one of cancel and answer wins, and the record says which. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CANCEL_ACT } from "../../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import type { External } from "../../../protocol/language/capabilities.ts";
import { governanceOf, permit } from "../governed.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { REGISTER, registerGraph, snapshotOf } from "../protocol.ts";
import { ASK, askGraph, asking, replayed, said, silence, types, until, WORK } from "./asking.ts";

const CALLING = ["opened", "node identify", "effect note", "node choose", "attempted ask"];

describe("an execution that waits for the outside", () => {
  test("ends when it is cancelled, and both who asked get the answer", async () => {
    const root = freshRoot();
    const { call, calls } = silence();
    const options = asking(call);
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => calls.length === 1);
        const answer = await runtime.cancel({ trace: "t1", reason: "a mistake" });
        expect(answer).toMatchObject({
          trace_id: "t1",
          exit: "on_cancel",
          outcome: "CANCELLED",
          result: null,
          fault: false,
        });
        expect(await submitted).toEqual(answer);
      },
      options,
    );
    const records = recordsOf(root, "t1");
    expect(types(records)).toEqual([...CALLING, "cancelled ask", "closed"]);
    expect(records.at(-2)).toMatchObject({
      node: "ask",
      in_doubt: true,
      to: "on_cancel",
      reason: "a mistake",
      tenant: "default",
      session: null,
      principal: "operator",
      caller: { identity: "operator" },
      policy: { decision: "allow" },
    });
    expect(await replayed(root, options)).toMatchObject({ ok: true, divergence: null });
  });

  test("tells the call to stop once its end is durable, and drops what it answers then", async () => {
    const root = freshRoot();
    const seen: string[] = [];
    const outside: External["call"] = ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          seen.push(...types(recordsOf(root, "t1")).slice(CALLING.length));
          resolve({ outcome: "DONE", output: "too late" });
        }),
      );
    let calling = false;
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => calling);
        await runtime.cancel({ trace: "t1" });
        expect((await submitted).outcome).toBe("CANCELLED");
      },
      asking((call) => {
        calling = true;
        return outside(call);
      }),
    );
    expect(seen).toEqual(["cancelled ask", "closed"]);
    expect(types(recordsOf(root, "t1"))).toEqual([...CALLING, "cancelled ask", "closed"]);
    expect(recordsOf(root, "t1").at(-2)).toMatchObject({ reason: null });
  });

  test("does not ask any more when it is cancelled before its attempt is durable", async () => {
    const root = freshRoot();
    const { call, calls } = silence();
    let flushing = 0;
    let flush = () => {};
    const flushed = new Promise<void>((resolve) => (flush = resolve));
    const openAppend = (path: string) => ({
      ...UNFLUSHED.files.openAppend(path),
      flush: () => {
        flushing += 1;
        return flushed;
      },
    });
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => flushing > 0);
        const cancelled = runtime.cancel({ trace: "t1" });
        flush();
        expect(await cancelled).toEqual(await submitted);
      },
      { ...asking(call), ports: { ...UNFLUSHED, files: { ...UNFLUSHED.files, openAppend } } },
    );
    // It was announced: the records say what may have been, not what is known here.
    expect(recordsOf(root, "t1").at(-2)).toMatchObject({ type: "cancelled", in_doubt: true });
    expect(calls).toEqual([]);
  });

  test("at a second call is cancelled there, with what came before kept", async () => {
    const root = freshRoot();
    const { call, calls } = silence();
    const outside: External["call"] = (one) => (one.node === "ask" ? said() : call(one));
    const options = asking(outside);
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => calls.length === 1);
        await runtime.cancel({ trace: "t1" });
        expect((await submitted).steps.at(-1)).toEqual({
          node: "ask",
          outcome: "DONE",
          to: "again",
        });
      },
      options,
    );
    expect(types(recordsOf(root, "t1")).slice(-4)).toEqual([
      "external ask",
      "attempted again",
      "cancelled again",
      "closed",
    ]);
    expect(await replayed(root, options)).toMatchObject({ ok: true, divergence: null });
  });

  test("cannot be cancelled under a graph that was sealed without a way out", async () => {
    const graph = askGraph();
    const older = {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.kind === "exit" && node.cancel ? (({ cancel: _, ...rest }) => rest)(node) : node,
      ),
    };
    let answer: (() => void) | undefined;
    const options = asking((one) =>
      one.node === "again"
        ? said()
        : new Promise((resolve) => (answer = () => void said().then(resolve))),
    );
    await during(
      freshRoot(),
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => answer !== undefined);
        const refused = { family: "acceptance", code: "cancel/no-way-out" };
        await expect(runtime.cancel({ trace: "t1" })).rejects.toMatchObject(refused);
        answer?.();
        expect((await submitted).outcome).toBe("SUCCESS");
      },
      { ...options, snapshot: snapshotOf([older], ["identify", "outside"]) },
    );
  });
});

describe("a cancel is refused", () => {
  test("of an execution that has ended, and of one that there is not", async () => {
    const root = freshRoot();
    await during(root, async (runtime) => {
      await runtime.submit({ workflow: REGISTER, payload: { name: "a" }, traceId: "t1" });
      await expect(runtime.cancel({ trace: "t1" })).rejects.toMatchObject({
        family: "acceptance",
        code: "cancel/ended",
      });
      await expect(runtime.cancel({ trace: "t2" })).rejects.toMatchObject({
        family: "acceptance",
        code: "cancel/unknown",
      });
      for (const reason of ["", " ", "a\nb", "x".repeat(1_001), "\ud800"]) {
        await expect(runtime.cancel({ trace: "t1", reason })).rejects.toMatchObject({
          code: "cancel/bad-reason",
        });
      }
    });
    expect(recordsOf(root).map(({ type }) => type)).not.toContain("refused");
  });

  test("of another tenant's execution, in the same words as of one that there is not", async () => {
    const root = freshRoot();
    await during(root, (runtime) =>
      runtime.submit({ workflow: REGISTER, payload: { name: "a" }, traceId: "t1" }),
    );
    await during(
      root,
      async (runtime) => {
        const messages = await Promise.all(
          ["t1", "t2"].map((trace) =>
            runtime.cancel({ trace }).then(
              () => "cancelled",
              ({ code, message }) => `${code} ${message}`.replace(trace, "?"),
            ),
          ),
        );
        expect(messages[0]).toBe(messages[1]);
        expect(messages[0]).toContain("cancel/unknown");
      },
      { tenant: "other" },
    );
  });

  test("to whom no policy permits it: written down, and the execution goes on", async () => {
    const root = freshRoot();
    const { call, calls } = silence();
    const governance = governanceOf({
      workflows: [ASK],
      statements: DECIDING_ROLES.map((role) => permit(role, ["pgs.run"])),
    });
    const snapshot = snapshotOf([askGraph()], ["identify", "outside"], governance);
    let answer = () => {};
    const outside: External["call"] = (one) => {
      void call(one);
      return one.node === "ask"
        ? new Promise((resolve) => (answer = () => resolve({ outcome: "DONE", output: 1 })))
        : said();
    };
    await during(
      root,
      async (runtime) => {
        const submitted = runtime.submit(WORK);
        await until(() => calls.length === 1);
        const refused = runtime.cancel({ trace: "t1" });
        await expect(refused).rejects.toMatchObject({ code: "policy/denied" });
        answer();
        expect((await submitted).outcome).toBe("SUCCESS");
      },
      { ...asking(outside), snapshot },
    );
    const refused = recordsOf(root).filter(({ type }) => type === "refused");
    expect(refused).toMatchObject([{ intent: CANCEL_ACT.type, code: "policy/denied" }]);
  });
});

describe("on behalf of a session", () => {
  test("an execution is cancelled in its name", async () => {
    const root = freshRoot();
    const { call, calls } = silence();
    await during(
      root,
      async (runtime) => {
        const { credential, session } = await runtime.openSession({ seconds: 60 });
        const submitted = runtime.submit(WORK);
        await until(() => calls.length === 1);
        await runtime.cancel({ trace: "t1", session: credential });
        await submitted;
        expect(recordsOf(root, "t1").at(-2)).toMatchObject({ type: "cancelled", session });
      },
      asking(call),
    );
  });

  test("that is over it is not: that is written down, and the execution goes on", async () => {
    const root = freshRoot();
    let answer = () => {};
    let asked = false;
    const outside: External["call"] = (one) => {
      if (one.node === "again") return said();
      asked = true;
      return new Promise((resolve) => (answer = () => void said().then(resolve)));
    };
    await during(
      root,
      async (runtime) => {
        const { credential, session } = await runtime.openSession({ seconds: 60 });
        await runtime.endSession({ session, by: credential });
        const submitted = runtime.submit(WORK);
        await until(() => asked);
        const refused = runtime.cancel({ trace: "t1", session: credential });
        await expect(refused).rejects.toMatchObject({ family: "acceptance" });
        answer();
        expect((await submitted).outcome).toBe("SUCCESS");
      },
      asking(outside),
    );
    const refused = recordsOf(root).filter(({ type }) => type === "refused");
    expect(refused).toMatchObject([{ intent: CANCEL_ACT.type, workflow: null, policy: null }]);
  });
});

test("one of many that are cancelled at once ends it; the others hear that it has ended", async () => {
  const root = freshRoot();
  const { call, calls } = silence();
  await during(
    root,
    async (runtime) => {
      const submitted = runtime.submit(WORK);
      await until(() => calls.length === 1);
      const cancels = await Promise.allSettled(
        [1, 2, 3].map(() => runtime.cancel({ trace: "t1" })),
      );
      expect(cancels.filter(({ status }) => status === "fulfilled").length).toBe(1);
      for (const one of cancels) {
        if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "cancel/ended" });
      }
      await submitted;
    },
    asking(call),
  );
  expect(recordsOf(root, "t1").filter(({ type }) => type === "cancelled").length).toBe(1);
});

test("whatever comes first, cancel or answer, is what happened, and all are told the same", async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 25 }),
      async (cancelAfter, answerAfter) => {
        const root = freshRoot();
        const options = asking(async () => {
          await turns(answerAfter);
          return said();
        });
        await during(
          root,
          async (runtime) => {
            const submitted = runtime.submit(WORK);
            await turns(cancelAfter);
            const cancelled = await runtime.cancel({ trace: "t1" }).catch((error) => error.code);
            const answer = await submitted;
            outcomes.add(String(answer.outcome));
            if (answer.outcome === "CANCELLED") expect(cancelled).toEqual(answer);
            else expect(["cancel/ended", "cancel/unknown"]).toContain(cancelled);
            const records = recordsOf(root, "t1");
            expect(records.at(-1)).toMatchObject({ type: "closed", outcome: answer.outcome });
            const was = records.filter(({ type }) => type === "cancelled").length;
            expect(was).toBe(answer.outcome === "CANCELLED" ? 1 : 0);
          },
          { ...options, ports: UNFLUSHED },
        );
        expect(await replayed(root, options)).toMatchObject({ ok: true, divergence: null });
      },
    ),
    { numRuns: 60 },
  );
  expect(outcomes).toEqual(new Set(["SUCCESS", "CANCELLED"]));
});

/** Gives way so many times to whatever else goes on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await null;
}

test("its registry entry stays: nothing is undone", async () => {
  const root = freshRoot();
  const { call, calls } = silence();
  await during(
    root,
    async (runtime) => {
      const first = runtime.submit(WORK);
      await until(() => calls.length === 1);
      await runtime.cancel({ trace: "t1" });
      await first;
      const second = runtime.submit({ ...WORK, traceId: "t2" });
      await until(() => calls.length === 2);
      await runtime.cancel({ trace: "t2" });
      expect((await second).steps[1]).toMatchObject({ node: "note", outcome: "ALREADY_EXISTS" });
    },
    asking(call),
  );
});

test("a workflow that asks nothing of the outside has ended before anybody can cancel it", async () => {
  await during(
    freshRoot(),
    async (runtime) => {
      const submitted = runtime.submit({
        workflow: REGISTER,
        payload: { name: "a" },
        traceId: "t1",
      });
      const refused = runtime.cancel({ trace: "t1" });
      await expect(refused).rejects.toMatchObject({ family: "acceptance" });
      expect((await submitted).outcome).toBe("SUCCESS");
    },
    { snapshot: snapshotOf([registerGraph()], ["identify"]) },
  );
});
