/** Events on their way to those who subscribe: once each, in order a key, whatever stops the writer. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { forbid, permit } from "../governed.ts";
import { copyOf, during, freshRoot, ledgerFile, recordsOf } from "../on-disk.ts";
import {
  ALL,
  deliver,
  deliveries,
  expectAllDelivered,
  expectInOrder,
  mail,
  PLAIN,
  telling,
} from "./mail.ts";

const event = fc.record({
  key: fc.constantFrom("a", "b", "c"),
  kind: fc.constantFrom("plain" as const, "other" as const),
});
const ACTS_AND_ALL = ["pgs.run", ALL.type, PLAIN.type];

describe("an event of a stream", () => {
  test("is delivered to each who subscribes, by the runtime's own principal, with its cause", async () => {
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        await runtime.submit(telling({ key: "a", kind: "plain" }));
        const { standing, hindered } = await deliver(runtime);
        expect(hindered).toBeUndefined();
        expect(
          standing.map(({ events, delivered, waiting }) => [events, delivered, waiting]),
        ).toEqual([
          [1, 1, 0],
          [1, 1, 0],
        ]);
      },
      mail(),
    );
    const [first] = [...deliveries(recordsOf(root)).values()].flat();
    expect(first).toMatchObject({
      type: "opened",
      tenant: "default",
      principal: "post_office",
      session: null,
      caller: { identity: "runtime", roles: [], attributes: {} },
      idempotency_key: "post/test::IN_POST_ALL_V0/1",
      intent: "post.all",
      payload: { key: "a", position: 1 },
      cause: { store: "test/events", position: 1 },
    });
    expectAllDelivered(recordsOf(root));
  });

  test("is delivered by itself when it is durable, and at the next start what a stop left", async () => {
    const root = freshRoot();
    const never = mail({ outside: () => new Promise((resolve) => setTimeout(resolve, 20)) });
    await during(
      root,
      async (runtime) => {
        for (let at = 0; at < 30; at += 1) {
          await runtime.submit(telling({ key: "a", kind: "plain" }));
        }
      },
      never,
    );
    const before = deliveries(recordsOf(root)).size;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(60);
    await during(root, deliver, mail());
    expectAllDelivered(recordsOf(root));
    expectInOrder(recordsOf(root));
  });

  test("is delivered once to any number of runtimes, one after the other, with the state or without", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(event, { maxLength: 8 }), fc.boolean(), fc.boolean()), {
          maxLength: 4,
        }),
        async (lives) => {
          let calls = 0;
          // Answers come in another order than they were asked for.
          const outside = () =>
            new Promise<void>((resolve) => {
              calls += 1;
              setTimeout(resolve, (calls * 7) % 4);
            });
          const root = freshRoot();
          for (const [events, drained, forgets] of lives) {
            await during(
              root,
              async (runtime) => {
                await Promise.all(events.map((one) => runtime.submit(telling({ ...one }))));
                if (drained) await deliver(runtime);
              },
              mail({ outside }),
            );
            if (forgets) rmSync(join(root, "state.db"), { force: true });
          }
          await during(root, deliver, mail({ outside }));
          const before = recordsOf(root).length;
          await during(root, deliver, mail({ outside }));
          const records = recordsOf(root);
          expect(records.length).toBe(before);
          expectAllDelivered(records);
          expectInOrder(records);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("a stop", () => {
  test("behind any record loses no delivery and makes none twice", async () => {
    const root = freshRoot();
    const tell = (count: number) => (runtime: Parameters<Parameters<typeof during>[1]>[0]) =>
      Promise.all(
        Array.from({ length: count }, (_, at) =>
          runtime.submit(
            telling({ key: "abc"[at % 3] as string, kind: at % 2 ? "plain" : "other" }),
          ),
        ),
      );
    await during(root, tell(3), mail());
    // With a state that is older than the ledger, as a stop leaves it.
    const older = copyOf(root);
    await during(
      root,
      async (runtime) => {
        await tell(6)(runtime);
        await deliver(runtime);
      },
      mail(),
    );
    const lines = recordsOf(root);
    const bytes = lines.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
    const known = recordsOf(older).length;
    for (let count = known; count <= bytes.length; count += 1) {
      const stopped = copyOf(older);
      writeFileSync(ledgerFile(stopped), Buffer.concat(bytes.slice(0, count)));
      if (count % 2 === 0) rmSync(join(stopped, "state.db"), { force: true });
      await during(stopped, deliver, mail());
      const records = recordsOf(stopped);
      expectAllDelivered(records);
      expectInOrder(records);
    }
  }, 120_000);
});

describe("a delivery that nobody may ask for", () => {
  const statements = [
    ...DECIDING_ROLES.map((role) => permit(role, ACTS_AND_ALL)),
    forbid("security_guard", [ALL.type]),
  ];

  test("is a recorded refusal, which is not tried again, and stands in nobody's way", async () => {
    const root = freshRoot();
    const options = mail({ statements });
    await during(
      root,
      async (runtime) => {
        for (const key of ["a", "a"]) await runtime.submit(telling({ key, kind: "plain" }));
        await deliver(runtime);
      },
      options,
    );
    const before = recordsOf(root);
    expectAllDelivered(before);
    expectInOrder(before);
    const refused = before.filter((record) => record.type === "refused");
    expect(refused).toMatchObject([
      { code: "policy/denied", cause: { position: 1 }, principal: "post_office" },
      { code: "policy/denied", cause: { position: 2 }, intent: "post.all" },
    ]);
    for (const state of ["kept", "lost"]) {
      if (state === "lost") rmSync(join(root, "state.db"));
      await during(root, deliver, options);
      expect(recordsOf(root)).toEqual(before);
    }
  });
});

describe("an event of which nothing can be asked", () => {
  async function refusalOf(given: object, subscribes: object): Promise<object | undefined> {
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        await runtime.submit(telling({ kind: "other", ...given }));
        await deliver(runtime);
        await deliver(runtime);
      },
      mail({ subscribes }),
    );
    const found = recordsOf(root).filter((record) => record.type === "refused");
    expect(found.length).toBeLessThan(2);
    return found[0];
  }

  test("is refused with a record that says why, and quotes nothing of it", async () => {
    const missing = { event: true, payload: { read: [0, "none"] } };
    expect(await refusalOf({ key: "a" }, missing)).toMatchObject({
      code: "delivery/missing-value",
      message: "the payload cannot be made: nothing stands at `$.event.none`",
      policy: null,
      context: null,
      cause: { store: "test/events", position: 1 },
    });
    expect(await refusalOf({}, { event: true })).toMatchObject({ code: "delivery/missing-value" });
    expect(await refusalOf({}, {})).toMatchObject({ code: "delivery/unfit-event" });
    expect(await refusalOf({ key: 1.5 }, { event: true })).toMatchObject({
      code: "delivery/unfit-key",
    });
    const unfit = await refusalOf({ key: "longer" }, {});
    expect(unfit).toMatchObject({ code: "payload/unfit" });
    expect(JSON.stringify(unfit)).not.toContain("longer");
    expect(await refusalOf({ key: "abc" }, {})).toBeUndefined();
  });
});

describe("the tenants", () => {
  test("each have their own stream and their own deliveries", async () => {
    const root = freshRoot();
    for (const tenant of ["one", "two"]) {
      await during(root, (runtime) => runtime.submit(telling({ key: tenant, kind: "other" })), {
        ...mail(),
        tenant,
      });
    }
    const only = await during(root, (runtime) => deliver(runtime, { tenant: "two" }), mail());
    expect(new Set(only.standing.map(({ tenant }) => tenant))).toEqual(new Set(["two"]));
    await during(root, deliver, mail());
    for (const tenant of ["one", "two"]) expectAllDelivered(recordsOf(root), tenant);
  });
});

describe("the keys of deliveries", () => {
  test("are no caller's to give", async () => {
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        const idempotencyKey = `post/${ALL.intent}/1`;
        const given = { intent: ALL.type, payload: { key: "x", position: 9 }, idempotencyKey };
        const error = await runtime.submit(given).catch((e: unknown) => e);
        expect((error as Refusal).code).toBe("idempotency/reserved-key");
        expect(error).toBeInstanceOf(Refusal);
      },
      mail(),
    );
    expect(recordsOf(root)).toEqual([]);
  });
});
