/** What may be a key of a store: nothing that a database would take for another key. */
import { expect, test } from "vitest";
import { during, freshRoot, recordsOf } from "../on-disk.ts";
import { GraphMaker, snapshotOf } from "../protocol.ts";

const graph = new GraphMaker("test::WF_KEEP_V0", { type: "object" })
  .effect(
    "keep",
    {
      semantics: "document",
      store: "test/kept",
      operation: "PUT",
      input: {
        object: [
          ["key", { read: [0, "key"] }],
          ["value", { literal: 1 }],
        ],
      },
    },
    { SUCCESS: "kept" },
  )
  .exit("kept", "SUCCESS")
  .exit("on_fault", "FAULTED")
  .graph();

test.each([
  ["a", "SUCCESS"],
  ["é😀\n", "SUCCESS"],
  ["x".repeat(512), "SUCCESS"],
  ["", "SUCCESS"],
  ["x".repeat(513), "FAULTED"],
  ["é".repeat(257), "FAULTED"],
  ["a\0b", "FAULTED"],
  ["\0", "FAULTED"],
])("the key %j ends in %s", async (key, outcome) => {
  const root = freshRoot();
  const answer = await during(
    root,
    (runtime) => runtime.submit({ workflow: graph.workflow, payload: { key } }),
    { snapshot: snapshotOf([graph], []) },
  );
  expect(answer.outcome).toBe(outcome);
  const kept = recordsOf(root)[1];
  expect(kept?.type).toBe(outcome === "SUCCESS" ? "effect" : "node");
});
