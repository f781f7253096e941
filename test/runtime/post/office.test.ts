/** The Post Office at work: side by side, within bounds, hindered and going on; and what it takes as sealed. */
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { intentsForm } from "../../../runtime/snapshot/governance-form.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { forbid, governanceOf, permit } from "../governed.ts";
import { during, freshRoot, open, recordsOf, UNFLUSHED } from "../on-disk.ts";
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

describe("deliveries", () => {
  test("of many keys go side by side, up to a bound, and a slow key holds up nobody else", async () => {
    const root = freshRoot();
    let now = 0;
    let most = 0;
    let others = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const outside = async (input: Json) => {
      now += 1;
      most = Math.max(most, now);
      if ((input as { key: string }).key === "k0") await held;
      else {
        await new Promise((resolve) => setTimeout(resolve, 1));
        others += 1;
        if (others === 180) letGo();
      }
      now -= 1;
    };
    const options = { ...mail({ outside }), ports: UNFLUSHED };
    await during(
      root,
      async (runtime) => {
        for (let at = 0; at < 200; at += 1) {
          await runtime.submit(telling({ key: `k${at % 10}`, kind: "plain" }));
        }
        const { standing } = await deliver(runtime);
        expect(standing.map(({ waiting }) => waiting)).toEqual([0, 0]);
      },
      options,
    );
    // All events of the other keys ended while the first of one key was still out.
    expect(others).toBe(180);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(64);
    expectAllDelivered(recordsOf(root));
    expectInOrder(recordsOf(root));
  });

  test("end where so many were asked for, and what is left is told", async () => {
    const root = freshRoot();
    const nobody = mail({ subscribes: { store: "test/none" } });
    await during(
      root,
      async (runtime) => {
        for (const key of ["a", "b", "c"]) await runtime.submit(telling({ key, kind: "other" }));
      },
      nobody,
    );
    const only = await during(root, (runtime) => deliver(runtime, { mostNow: 1 }), mail());
    expect(deliveries(recordsOf(root)).size).toBe(1);
    const all = only.standing.find(({ subscription }) => subscription.intent.type === ALL.type);
    expect(all).toMatchObject({ events: 3, delivered: 1, waiting: 2 });
    await during(root, (runtime) => deliver(runtime), mail());
    expectAllDelivered(recordsOf(root));
  });

  test("that something hinders are due until it is gone", async () => {
    const root = freshRoot();
    const event = { key: "a", kind: "other", secret: "s" };
    const nobody = mail({ subscribes: { store: "test/none" } });
    await during(root, (runtime) => runtime.submit(telling(event)), nobody);
    const [key] = readdirSync(join(root, "keys", "default"));
    const path = join(root, "keys", "default", key as string);
    chmodSync(path, 0o644);
    const hindered = await during(root, (runtime) => deliver(runtime), mail());
    expect(hindered.hindered).toMatchObject({ code: "sealing/key-exposed" });
    expect(deliveries(recordsOf(root)).size).toBe(0);
    chmodSync(path, 0o600);
    const { hindered: gone } = await during(root, (runtime) => deliver(runtime), mail());
    expect(gone).toBeUndefined();
    expectAllDelivered(recordsOf(root));
  });

  test("are not begun any more once the runtime closes", async () => {
    const root = freshRoot();
    const runtime = await open(root, mail());
    await runtime.close();
    await expect(deliver(runtime)).rejects.toMatchObject({ code: "runtime/closed" });
  });

  test("are no business of a runtime under which nobody subscribes", async () => {
    await during(freshRoot(), async ({ post }) => expect(post).toBeUndefined());
  });
});

test("what is refused to the Post Office verifies, whether a policy or the payload was why", async () => {
  const root = freshRoot();
  const statements = [
    ...DECIDING_ROLES.map((role) => permit(role, ["pgs.run", ALL.type, PLAIN.type])),
    forbid("data_steward", [PLAIN.type]),
  ];
  const options = mail({ statements });
  await during(
    root,
    async (runtime) => {
      await runtime.submit(telling({ key: "too-long", kind: "plain" }));
      await deliver(runtime);
    },
    options,
  );
  const codes = recordsOf(root).flatMap((one) => (one.type === "refused" ? [one.code] : []));
  expect(codes.toSorted()).toEqual(["payload/unfit", "payload/unfit"]);
  await during(
    root,
    async (runtime) => {
      await runtime.submit(telling({ key: "a", kind: "plain" }));
      await deliver(runtime);
    },
    options,
  );
  expect(recordsOf(root).map((one) => (one.type === "refused" ? one.code : ""))).toContain(
    "policy/denied",
  );
  const { snapshot } = options;
  if (snapshot === undefined) throw new Error("there is mail");
  const verified = await verify({
    ...{ files, dataRoot: root, tracesFolder: undefined, paint: undefined, state: true },
    snapshot: () => snapshot,
  });
  expect(verified.problems).toEqual([]);
});

test("a sealed subscription is taken only whole, and reads only what there is", () => {
  const { subscribes } = ALL;
  const problemOf = (changed: object) => {
    const intents = [{ ...ALL, subscribes: { ...subscribes, ...changed } }];
    const table = governanceOf({ workflows: [ALL.workflow], intents: intents as never }).intents;
    return intentsForm(JSON.parse(JSON.stringify(table)))?.pointer;
  };
  const at = "/intents/0/subscribes";
  expect(problemOf({})).toBeUndefined();
  expect(problemOf({ when: true, key: null })).toBeUndefined();
  expect(problemOf({ stream: "events" })).toBe(`${at}/stream`);
  expect(problemOf({ store: "other/events" })).toBe(`${at}/store`);
  expect(problemOf({ store: "test/../x" })).toBe(`${at}/store`);
  expect(problemOf({ event: 7 })).toBe(`${at}/event`);
  expect(problemOf({ key: { read: [3, "x"] } })).toBe(`${at}/key`);
  expect(problemOf({ payload: { object: [["a", { read: [9] }]] } })).toBe(`${at}/payload`);
  expect(problemOf({ payload: undefined })).toBe(at);
  expect(problemOf({ more: 1 })).toBe(at);
  expect(problemOf({ seal: [{ path: ["x"], labels: ["top"] }] })).toBe(`${at}/seal/0/labels/0`);
});
