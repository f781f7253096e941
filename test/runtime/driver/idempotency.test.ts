/** Idempotency keys: the same work runs once, however often and whenever it is asked for. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import type { Work } from "../../../runtime/runtime-options.ts";
import { governanceOf, intentOf } from "../governed.ts";
import { goodToken } from "../identity/tokens.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, REGISTER, registerGraph, snapshotOf } from "../protocol.ts";
import { Place } from "../sessions/place.ts";

function work(name: string, idempotencyKey: string, more: Partial<Work> = {}): Work {
  return { workflow: REGISTER, payload: { name }, idempotencyKey, ...more };
}

function openedIn(root: string): number {
  return recordsOf(root).filter(({ type }) => type === "opened").length;
}

describe("an idempotency key", () => {
  test("given again gives the first answer and runs nothing", async () => {
    const root = freshRoot();
    await during(root, async (runtime) => {
      const first = await runtime.submit(work("a", "k1"));
      expect(first).toMatchObject({ outcome: "SUCCESS", repeated: false });
      const again = await runtime.submit(work("a", "k1"));
      expect(again).toEqual({ ...first, repeated: true });
    });
    expect(openedIn(root)).toBe(1);
    expect(recordsOf(root)[0]).toMatchObject({ idempotency_key: "k1" });
  });

  test("holds across processes, with the state and when it has to be folded anew", async () => {
    const root = freshRoot();
    const first = await during(root, (runtime) => runtime.submit(work("a", "k1")));
    for (let n = 0; n < 40; n += 1) {
      await during(root, (runtime) => runtime.submit(work(`other-${n}`, `other-${n}`)));
    }
    const again = await during(root, (runtime) => runtime.submit(work("a", "k1")));
    expect(again).toEqual({ ...first, repeated: true });
    for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
      rmSync(join(root, file), { force: true });
    }
    const later = await during(root, (runtime) => runtime.submit(work("a", "k1")));
    expect(later).toEqual({ ...first, repeated: true });
    expect(openedIn(root)).toBe(41);
  });

  test("given many times at once runs once", async () => {
    const root = freshRoot();
    const answers = await during(root, (runtime) =>
      Promise.all(Array.from({ length: 50 }, () => runtime.submit(work("a", "k1")))),
    );
    expect(new Set(answers.map(({ trace_id }) => trace_id)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated).length).toBe(1);
    expect(openedIn(root)).toBe(1);
  });

  test.each<[string, Partial<Work>]>([
    ["another payload", { payload: { name: "b" } }],
    ["another workflow", { workflow: "test::WF_ECHO_V0" }],
  ])("with %s is refused, at once and later", async (_, other) => {
    const root = freshRoot();
    const echo = new GraphMaker("test::WF_ECHO_V0", { type: "object" })
      .exit("done", "SUCCESS", { read: [0] })
      .exit("on_fault", "FAULTED")
      .graph();
    const snapshot = snapshotOf([registerGraph(), echo], ["identify"]);
    const options = { snapshot, capabilities: capabilitiesOf() };
    await during(
      root,
      async (runtime) => {
        const first = runtime.submit(work("a", "k1"));
        const refused = { family: "acceptance", code: "idempotency/other-work" };
        await expect(runtime.submit(work("a", "k1", other))).rejects.toMatchObject(refused);
        await first;
        await expect(runtime.submit(work("a", "k1", other))).rejects.toMatchObject(refused);
      },
      options,
    );
    expect(openedIn(root)).toBe(1);
  });

  test("under another intent is refused, at once and later", async () => {
    const root = freshRoot();
    const intents = ["a.one", "a.two"].map((type) => intentOf(type, REGISTER));
    const governance = governanceOf({ workflows: [REGISTER], intents });
    const snapshot = snapshotOf([registerGraph()], ["identify"], governance);
    const asked = { payload: { name: "a" }, idempotencyKey: "k1" };
    const refused = { family: "acceptance", code: "idempotency/other-work" };
    await during(
      root,
      async (runtime) => {
        const first = runtime.submit({ ...asked, intent: "a.one" });
        const others = [
          () => runtime.submit({ ...asked, intent: "a.two" }),
          () => runtime.submit({ ...asked, workflow: REGISTER }),
        ];
        for (const other of others) await expect(other()).rejects.toMatchObject(refused);
        await first;
        for (const other of others) await expect(other()).rejects.toMatchObject(refused);
        expect((await runtime.submit({ ...asked, intent: "a.one" })).repeated).toBe(true);
      },
      { snapshot },
    );
    expect(openedIn(root)).toBe(1);
  });

  test("is of one principal, known in one way, whichever session it is asked with", async () => {
    const place = new Place();
    await place.during(async (runtime) => {
      const sessionOf = async (more: object) =>
        (await runtime.openSession({ token: goodToken(more), seconds: 60 })).credential;
      const [ada, again, eve, asOperator] = [
        await sessionOf({ jti: 1, tenant: "default" }),
        await sessionOf({ jti: 2, tenant: "default" }),
        await sessionOf({ sub: "eve", tenant: "default" }),
        await sessionOf({ sub: "operator", tenant: "default" }),
      ];
      const refused = { family: "acceptance", code: "idempotency/other-work" };
      const first = runtime.submit(work("a", "k1", { session: ada }));
      const others = [
        () => runtime.submit(work("a", "k1", { session: eve })),
        () => runtime.submit(work("a", "k1")),
      ];
      for (const other of others) await expect(other()).rejects.toMatchObject(refused);
      await first;
      for (const other of others) await expect(other()).rejects.toMatchObject(refused);
      const repeated = await runtime.submit(work("a", "k1", { session: again }));
      expect(repeated).toEqual({ ...(await first), repeated: true });
      await runtime.submit(work("b", "k2"));
      const posing = runtime.submit(work("b", "k2", { session: asOperator }));
      await expect(posing).rejects.toMatchObject(refused);
    });
    expect(openedIn(place.root)).toBe(2);
  });

  test("belongs to its tenant alone", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(work("a", "k1")), { tenant: "one" });
    const other = await during(root, (runtime) => runtime.submit(work("b", "k1")), {
      tenant: "two",
    });
    expect(other.repeated).toBe(false);
  });

  test("of work that was refused stays free", async () => {
    await during(freshRoot(), async (runtime) => {
      const wrong = work("a", "k1", { payload: { nonsense: true } as Json });
      await expect(runtime.submit(wrong)).rejects.toMatchObject({ family: "acceptance" });
      expect((await runtime.submit(work("a", "k1"))).repeated).toBe(false);
    });
  });

  test.each(["", " ", "a b", "é", "x".repeat(256), "a\n"])("`%s` is no key", async (key) => {
    await during(freshRoot(), async (runtime) => {
      const bad = { code: "idempotency/bad-key" };
      await expect(runtime.submit(work("a", key))).rejects.toMatchObject(bad);
    });
  });

  test("compares labelled payloads, and says when they were erased", async () => {
    const root = freshRoot();
    const graph = new GraphMaker(REGISTER, { type: "object" })
      .sealPayload(["name"])
      .exit("done", "SUCCESS")
      .exit("on_fault", "FAULTED")
      .graph();
    const options = { snapshot: snapshotOf([graph], []) };
    const first = await during(root, (runtime) => runtime.submit(work("a", "k1")), options);
    await during(
      root,
      async (runtime) => {
        expect((await runtime.submit(work("a", "k1"))).trace_id).toBe(first.trace_id);
        const refused = { code: "idempotency/other-work" };
        await expect(runtime.submit(work("b", "k1"))).rejects.toMatchObject(refused);
        rmSync(join(root, "keys", "default", `${first.trace_id}.key`));
        const erased = { code: "idempotency/erased" };
        await expect(runtime.submit(work("a", "k1"))).rejects.toMatchObject(erased);
      },
      options,
    );
  });
});

describe("too much at once", () => {
  test("waits in a queue of bounded length, and is refused beyond it", async () => {
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        const going = Array.from({ length: 6 }, (_, n) => runtime.submit(work(`n${n}`, `k${n}`)));
        const tooMany = runtime.submit(work("late", "late"));
        await expect(tooMany).rejects.toMatchObject({ family: "busy", code: "runtime/queue-full" });
        await runtime.ready();
        expect((await runtime.submit(work("late", "late"))).outcome).toBe("SUCCESS");
        const answers = await Promise.all(going);
        expect(answers.map(({ outcome }) => outcome)).toEqual(Array(6).fill("SUCCESS"));
      },
      { underWayMax: 2, queueMax: 4 },
    );
    expect(openedIn(root)).toBe(7);
  });

  test("keeps to the order in which it was submitted", async () => {
    const root = freshRoot();
    await during(
      root,
      (runtime) =>
        Promise.all(Array.from({ length: 40 }, (_, n) => runtime.submit(work(`n${n}`, `k${n}`)))),
      { underWayMax: 3 },
    );
    const names = recordsOf(root).flatMap((record) =>
      record.type === "opened" ? [(record.payload as { name: string }).name] : [],
    );
    expect(names).toEqual(Array.from({ length: 40 }, (_, n) => `n${n}`));
  });
});

test("a key is found by reading little of a long ledger, whichever key it is", async () => {
  const root = freshRoot();
  let read = 0;
  const counting = {
    ...UNFLUSHED.files,
    readAt(path: string, offset: number, length: number) {
      const bytes = UNFLUSHED.files.readAt(path, offset, length);
      read += bytes.length;
      return bytes;
    },
  };
  const ports = { ...UNFLUSHED, files: counting };
  await during(
    root,
    async (runtime) => {
      for (let n = 0; n < 2_000; n += 50) {
        const some = Array.from({ length: 50 }, (_, at) => work(`n${n + at}`, `k${n + at}`));
        await Promise.all(some.map((one) => runtime.submit(one)));
      }
      for (const n of [1_999, 3, 700, 1_200, 40]) {
        const before = read;
        expect((await runtime.submit(work(`n${n}`, `k${n}`))).repeated).toBe(true);
        expect(read - before).toBeLessThanOrEqual(512 * 1_024);
      }
    },
    { ports },
  );
});
