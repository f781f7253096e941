/** What an execution did, told of its records alone: calls that were cut off before their answer, too. */
import { expect, test } from "vitest";
import { sagaOf } from "../../../runtime/evidence/saga.ts";
import { inOrder, OPENED } from "./run-traces.ts";

const call = (node: string, type: string, more: object = {}) => ({
  ...{ type, node, effect: "test::CS_SHOP_V0", operation: "ORDER", attempt: 1, input: null },
  ...{ idempotency_key: `t1/${node}` },
  ...more,
});
const cancelled = { type: "cancelled", node: "both", to: "on_cancel", in_doubt: true };

test("a call that was cut off and undone has a row, without an answer", () => {
  const name = "both/pay";
  const saga = sagaOf(
    inOrder([
      OPENED,
      call(name, "attempted"),
      cancelled,
      call(`${name}/compensate`, "attempted"),
      call(`${name}/compensate`, "external", {
        ...{ outcome: "DONE", to: "on_cancel", compensates: name },
      }),
      {
        ...{ type: "node", node: "on_cancel", outcome: "COMPENSATED", to: "on_cancel/compensated" },
        output: { compensated: [name], stands: [] },
      },
    ]),
  );
  expect(saga).toMatchObject({
    steps: [
      {
        ...{ node: name, outcome: null, standing: "undone", why: null },
        compensation: { node: `${name}/compensate`, outcome: "DONE" },
      },
    ],
    compensated: [name],
  });
});

test("one that was cut off and that nothing undid is said to be unknown", () => {
  const saga = sagaOf(inOrder([OPENED, call("pay", "attempted"), { ...cancelled, node: "pay" }]));
  expect(saga?.steps).toMatchObject([
    { node: "pay", outcome: null, standing: "done", why: "nobody knows whether it happened" },
  ]);
});

test("of one that is under way nothing is told yet", () => {
  expect(sagaOf(inOrder([OPENED, call("pay", "attempted")]))?.steps).toEqual([]);
});
