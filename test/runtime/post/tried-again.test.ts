/** A delivery that could not be begun is due again, in its place in the line; our own fault ends them all. */
import { expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { PostOffice } from "../../../runtime/post/post-office.ts";
import type { Delivery } from "../../../runtime/post/route.ts";
import { subscriptionsOf } from "../../../runtime/post/subscription.ts";
import { systemClock } from "../../../runtime/system-ports.ts";
import { mail } from "./mail.ts";

interface Office {
  readonly post: PostOffice;
  /** Positions in the order in which they were delivered. */
  readonly came: readonly number[];
  readonly unheard: readonly unknown[];
}

/** An office for three events of one key; `deliver` may throw. */
function office(deliver: (delivery: Delivery, time: number) => void): Office {
  const came: number[] = [];
  const unheard: unknown[] = [];
  const over = new Set<string>();
  let times = 0;
  const [subscription] = subscriptionsOf(mail().snapshot?.governance());
  if (subscription === undefined) throw new Error("some intent subscribes");
  const post = new PostOffice({
    subscriptions: [subscription],
    state: {
      streamTenants: () => ["default"],
      streamLength: () => 3,
      events: (_, from) => [1, 2, 3].slice(from - 1).map(() => ({ key: "a", kind: "other" })),
      delivered: () => 0,
      executionByKey: (_, key) => (over.has(key) ? { last: 1 } : undefined),
      refusalByKey: () => undefined,
    },
    open: (value) => ({ value }),
    durable: () => 1,
    clock: systemClock,
    async deliver(delivery) {
      times += 1;
      deliver(delivery, times);
      came.push(delivery.position);
      over.add(delivery.idempotencyKey);
    },
    quiet: async () => {},
    refuseUnlessOpen: () => {},
    unheard: (error) => unheard.push(error),
  });
  return { post, came, unheard };
}

test("what was refused for now is tried again when asked, before what stands behind it", async () => {
  const full = new Refusal("busy", "ledger/no-room", "the disk is full");
  const { post, came, unheard } = office((_, time) => {
    if (time === 2) throw full;
  });
  const first = await post.deliver();
  expect(came).toEqual([1]);
  expect(first.hindered).toBe(full);
  expect(first.standing).toMatchObject([{ events: 3, delivered: 1, waiting: 2 }]);
  const second = await post.deliver();
  expect(came).toEqual([1, 2, 3]);
  expect(second.hindered).toBeUndefined();
  expect(second.standing).toMatchObject([{ delivered: 3, waiting: 0 }]);
  expect(unheard).toEqual([]);
});

test("our own fault is told, and nothing is delivered after it", async () => {
  const fault = new Error("an assertion");
  const { post, came, unheard } = office((_, time) => {
    if (time === 2) throw fault;
  });
  expect((await post.deliver()).hindered).toBe(fault);
  await post.deliver();
  expect(came).toEqual([1]);
  expect(unheard).toEqual([fault]);
});
