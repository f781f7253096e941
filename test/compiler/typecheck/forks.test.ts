/**
 * Seeded defects of `map` and `parallel`, each of which is found, and near misses, each of which
 * compiles: both are small changes of one protocol that is right.
 */
import { expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { BOTH, changed, found, LOG, ONE, object, PAGES } from "../back/fork-texts.ts";

const RIGHT: readonly Json[] = [PAGES, LOG, ONE, BOTH];

/** What stands at each path, by names and dots; undefined where it is taken away. */
type Change = Readonly<Record<string, Json | undefined>>;

function withChange(change: Change): readonly Json[] {
  return changed(RIGHT, (workflow) => {
    for (const [path, value] of Object.entries(change)) {
      const steps = path.split(".");
      const last = steps.pop() ?? "";
      const at = steps.reduce((inner, step) => inner[step], workflow);
      if (value === undefined) delete at[last];
      else at[last] = value;
    }
  });
}

function codes(change: Change): readonly string[] {
  return found(withChange(change)).diagnostics.map(({ code }) => code);
}

// biome-ignore lint/suspicious/noExplicitAny: taken apart to make others of it.
const { payload: PAYLOAD, nodes: NODES } = BOTH as any;
const things = (schema: Json): Json => ({
  ...PAYLOAD,
  properties: { ...PAYLOAD.properties, things: schema },
});
const TEXT = { type: "string" };

test("the protocol that is changed is right", () => {
  expect(found(RIGHT).diagnostics).toEqual([]);
});

const DEFECTS: readonly (readonly [defect: string, code: string, change: Change])[] = [
  // What a map is written with.
  ["a list without a bound", "shape/missing-key", { "nodes.wave.max": undefined }],
  ["a bound of nothing", "shape/out-of-range", { "nodes.wave.max": 0 }],
  ["a bound beyond the limit", "shape/out-of-range", { "nodes.wave.max": 1_000_001 }],
  ["a bound that is no whole number", "shape/wrong-type", { "nodes.wave.max": 1.5 }],
  ["nothing at a time", "shape/out-of-range", { "nodes.wave.concurrency": 0 }],
  ["too many at a time", "shape/out-of-range", { "nodes.wave.concurrency": 1_001 }],
  ["a threshold of all", "shape/out-of-range", { "nodes.wave.threshold": 1 }],
  ["a threshold of nothing", "shape/out-of-range", { "nodes.wave.threshold": 0 }],
  ["a share in percent", "shape/out-of-range", { "nodes.wave.threshold": 90 }],
  ["no list", "shape/missing-key", { "nodes.pair.parallel.left.call": undefined }],
  ["no word of success", "shape/missing-key", { "nodes.wave.succeed": undefined }],
  ["an empty word of success", "shape/empty", { "nodes.wave.succeed": [] }],
  ["a success said twice", "shape/duplicate-item", { "nodes.wave.succeed": ["DONE", "DONE"] }],
  ["no branch", "shape/empty", { "nodes.pair.parallel": {} }],
  ["a branch with a list", "shape/unknown-key", { "nodes.pair.parallel.left.map": [] }],
  ["a fork of two kinds", "shape/ambiguous-node", { "nodes.wave.parallel": {} }],
  ["a map that runs a transform", "shape/ambiguous-node", { "nodes.wave.transform": "X" }],
  ["a share in a parallel", "shape/unknown-key", { "nodes.pair.threshold": 0.5 }],
  [
    "a node called as the beginning of items",
    "shape/reserved-name",
    { "nodes.on_item": NODES.pair },
  ],
  // What is run.
  ["a workflow that is not there", "resolve/unknown-artifact", { "nodes.wave.call": "WF_TWO_V0" }],
  [
    "a branch that is no workflow",
    "resolve/wrong-kind",
    { "nodes.pair.parallel.left.call": "CS_LOG_V0" },
  ],
  ["a map of itself", "resolve/call-cycle", { "nodes.wave.call": "WF_BOTH_V0" }],
  ["a branch of itself", "resolve/call-cycle", { "nodes.pair.parallel.right.call": "WF_BOTH_V0" }],
  // The list.
  ["text in place of a list", "typecheck/not-a-list", { "nodes.wave.map": "$.payload.first.id" }],
  ["an object in place of a list", "typecheck/not-a-list", { "nodes.wave.map": "$.payload.first" }],
  ["a number in place of a list", "typecheck/not-a-list", { "nodes.wave.map": 5 }],
  ["perhaps a list", "typecheck/not-a-list", { payload: things({ type: ["array", "null"] }) }],
  [
    "always too long a list",
    "typecheck/list-too-long",
    { payload: things({ type: "array", minItems: 51, items: ONE.payload as Json }) },
  ],
  [
    "always too long a literal",
    "typecheck/list-too-long",
    {
      "nodes.wave.max": 1,
      "nodes.wave.map": [
        { id: "a", note: "b" },
        { id: "c", note: "d" },
      ],
    },
  ],
  [
    "a list that may be missing",
    "typecheck/optional-property",
    { payload: { ...PAYLOAD, required: ["first"] } },
  ],
  // The item.
  [
    "an item's property that is not there",
    "typecheck/missing-property",
    { "nodes.wave.with.id": "$.item.idd" },
  ],
  [
    "an item's property that may be missing",
    "typecheck/optional-property",
    {
      payload: things({
        type: "array",
        maxItems: 50,
        items: { ...(ONE.payload as object), required: ["note"] },
      }),
    },
  ],
  [
    "an item that does not fit",
    "typecheck/mismatch",
    {
      payload: things({
        type: "array",
        maxItems: 50,
        items: object({ id: { type: "integer" }, note: TEXT }),
      }),
    },
  ],
  [
    "an item in a branch",
    "typecheck/item-outside-map",
    { "nodes.pair.parallel.left.with": "$.item" },
  ],
  ["an item in the list itself", "typecheck/item-outside-map", { "nodes.wave.map": "$.item" }],
  ["an item in a result", "typecheck/item-outside-map", { "exits.done.result": "$.item.id" }],
  [
    "an item in a decision",
    "typecheck/item-outside-map",
    {
      "nodes.pair": { decide: [{ otherwise: "ON" }], with: "$.item", on: { ON: "done" } },
      "exits.done.result": null,
    },
  ],
  ["a root that no map has", "typecheck/unknown-root", { "nodes.wave.with.id": "$.items.id" }],
  [
    "a label that is lost on the way in",
    "typecheck/label-lost",
    { "nodes.wave.with.id": "$.item.note" },
  ],
  [
    "a label that is lost in a branch",
    "typecheck/label-lost",
    { "nodes.pair.parallel.right.with.id": "$.payload.first.note" },
  ],
  [
    "a payload without what is asked",
    "typecheck/missing-input",
    { "nodes.wave.with.note": undefined },
  ],
  ["a payload with what nobody asked", "typecheck/unknown-input", { "nodes.wave.with.nick": "x" }],
  ["no payload", "typecheck/missing-input", { "nodes.pair.parallel.left.with": undefined }],
  // What comes of it.
  [
    "what a map does not count",
    "typecheck/missing-property",
    { "exits.done.result": "$.nodes.wave.failed" },
  ],
  [
    "a count of an outcome that may not come about",
    "typecheck/optional-property",
    { "exits.done.result": "$.nodes.wave.outcomes.DONE" },
  ],
  [
    "results that were not collected",
    "typecheck/missing-property",
    { "nodes.wave.collect": false, "exits.done.result": "$.nodes.wave.results" },
  ],
  [
    "a second result that may not be there",
    "typecheck/optional-item",
    { "exits.done.result": "$.nodes.wave.results[1]" },
  ],
  [
    "a result that only some outcomes give",
    "typecheck/property-of-outcome",
    { "exits.done.result": "$.nodes.wave.results[0].result.id" },
  ],
  [
    "a branch that is not there",
    "typecheck/missing-property",
    { "exits.done.result": "$.nodes.pair.middle.outcome" },
  ],
  [
    "a branch's result after it failed",
    "typecheck/optional-property",
    { "exits.poor.result": "$.nodes.pair.left.result.id", "nodes.wave.on.FAILED": "none" },
  ],
  [
    "an own label in the clear",
    "typecheck/label-flow",
    {
      "nodes.note": {
        effect: "CS_LOG_V0",
        op: "APPEND",
        with: { event: "$.nodes.pair.right.result.note" },
        on: { SUCCESS: "poor" },
      },
      "nodes.pair.on.FAILED": "poor",
      "nodes.pair.parallel.right.succeed": ["DOUBTFUL"],
      "nodes.pair.on.SUCCESS": "note",
      "exits.done": undefined,
    },
  ],
  // Where it leads.
  ["no route for an empty list", "routing/unrouted-outcome", { "nodes.wave.on.EMPTY": undefined }],
  ["no route for a part", "routing/unrouted-outcome", { "nodes.wave.on.PARTIAL": undefined }],
  ["no route for a failure", "routing/unrouted-outcome", { "nodes.pair.on.FAILED": undefined }],
  ["a part without a threshold", "routing/unknown-outcome", { "nodes.wave.threshold": undefined }],
  ["a part in a parallel", "routing/unknown-outcome", { "nodes.pair.on.PARTIAL": "poor" }],
  ["an empty parallel", "routing/unknown-outcome", { "nodes.pair.on.EMPTY": "poor" }],
  [
    "an outcome of the workflow in the routes",
    "routing/unknown-outcome",
    { "nodes.wave.on.DONE": "done" },
  ],
  [
    "a success that no exit gives",
    "routing/outcome-no-exit-gives",
    { "nodes.wave.succeed": ["DONNE"] },
  ],
  [
    "a success that no exit of a branch gives",
    "routing/outcome-no-exit-gives",
    { "nodes.pair.parallel.left.succeed": ["DONE", "FAULTED"] },
  ],
  [
    "a fault as a success",
    "routing/fault-is-no-success",
    { "nodes.wave.succeed": ["DONE", "FAULT"] },
  ],
  [
    "what was cancelled as a success",
    "routing/fault-is-no-success",
    { "exits.done.result": null, "nodes.pair.parallel.left.succeed": ["CANCELLED"] },
  ],
  [
    "what was undone as a success",
    "routing/fault-is-no-success",
    { "nodes.wave.succeed": ["DONE", "COMPENSATED"] },
  ],
  ["a way back", "routing/cycle", { "nodes.pair.on.FAILED": "wave" }],
  ["a fault of a map", "routing/idle-engine-route", { "nodes.wave.on.FAULT": "poor" }],
  [
    "an empty list that is never empty",
    "routing/idle-empty-route",
    { payload: things({ type: "array", minItems: 1, maxItems: 50, items: ONE.payload as Json }) },
  ],
  // What it says.
  [
    "a failure that says success",
    "prove/fault-ends-in-success",
    { "nodes.pair.on.FAILED": "done", "exits.done.result": null },
  ],
  [
    "a failed list that says success",
    "prove/fault-ends-in-success",
    { "nodes.wave.on.FAILED": "done", "exits.done.result": null },
  ],
  [
    "too long a list that says success",
    "prove/fault-ends-in-success",
    { "nodes.wave.on.VIOLATION": "done", "exits.done.result": null },
  ],
  [
    "a part that says success",
    "prove/partial-says-success",
    { "nodes.wave.on.PARTIAL": "done", "exits.done.result": null },
  ],
];

test.each(DEFECTS)("%s is found: %s", (_, code, change) => {
  expect(new Set(codes(change))).toContain(code);
});

const NEAR_MISSES: readonly (readonly [near: string, change: Change])[] = [
  ["a bound of one", { "nodes.wave.max": 1 }],
  ["the largest bound", { "nodes.wave.max": 1_000_000 }],
  ["the most at a time", { "nodes.wave.concurrency": 1_000 }],
  ["one after the other", { "nodes.wave.concurrency": undefined }],
  ["a share close to nothing", { "nodes.wave.threshold": 0.001 }],
  ["a share close to all", { "nodes.wave.threshold": 0.999 }],
  ["nothing collected", { "nodes.wave.collect": false }],
  [
    "a map without a part",
    { "nodes.wave.threshold": undefined, "nodes.wave.on.PARTIAL": undefined },
  ],
  ["one branch", { "nodes.pair.parallel.right": undefined }],
  [
    "branches called as nodes are",
    {
      "nodes.pair.parallel.wave": NODES.pair.parallel.right,
      "nodes.pair.parallel.pair": NODES.pair.parallel.right,
    },
  ],
  ["a list of unknown length", { payload: things({ type: "array", items: ONE.payload as Json }) }],
  ["a list that may be longer", { "nodes.wave.max": 49 }],
  [
    "exactly as long as it may be",
    {
      payload: things({ type: "array", minItems: 50, maxItems: 50, items: ONE.payload as Json }),
      "nodes.wave.on.EMPTY": undefined,
      "exits.none": undefined,
    },
  ],
  [
    "a value of which no schema speaks",
    {
      payload: { ...PAYLOAD, properties: { ...PAYLOAD.properties, things: true } },
      "nodes.wave.with": { id: "$.item.id", note: "x" },
    },
  ],
  [
    "a literal list",
    {
      "nodes.wave.map": [{ id: "a", note: "b" }, "$.payload.first"],
      "nodes.wave.on.EMPTY": undefined,
      "exits.none": undefined,
    },
  ],
  [
    "items that are told apart",
    {
      "nodes.wave.map": ["a", "b"],
      "nodes.wave.with": { id: "$.item", note: "x" },
      "nodes.wave.on.EMPTY": undefined,
      "exits.none": undefined,
    },
  ],
  [
    "what a plural path selects",
    { "nodes.wave.map": "$.payload.things[*].id", "nodes.wave.with": { id: "$.item", note: "x" } },
  ],
  ["the whole item", { "nodes.wave.with": "$.item" }],
  ["the item beside the payload", { "nodes.wave.with.note": "$.payload.first.note" }],
  ["the same for each", { "nodes.wave.with": "$.payload.first" }],
  [
    "a list that is never empty, and no route for it",
    {
      payload: things({ type: "array", minItems: 1, maxItems: 50, items: ONE.payload as Json }),
      "nodes.wave.on.EMPTY": undefined,
      "exits.none": undefined,
    },
  ],
  [
    "a label that goes on with its value",
    { "exits.poor.result": null, "exits.done.result": { all: "$.nodes.wave.results" } },
  ],
  ["a first result", { "exits.done.result": "$.nodes.wave.results[0].outcome" }],
  [
    "counts",
    { "exits.done.result": { all: "$.nodes.wave.outcomes", good: "$.nodes.wave.succeeded" } },
  ],
  [
    "the outcome of a branch that failed",
    { "exits.poor.result": "$.nodes.pair.left.outcome", "nodes.wave.on.FAILED": "none" },
  ],
  ["every outcome is a success", { "nodes.wave.succeed": ["DONE", "DOUBTFUL", "REFUSED"] }],
  [
    "a violation that is put right",
    { "nodes.wave.on.VIOLATION": "pair", "exits.done.result": null },
  ],
  ["an empty list is fine", { "nodes.wave.on.EMPTY": "pair", "exits.none": undefined }],
];

test.each(NEAR_MISSES)("%s compiles", (_, change) => {
  const messages = found(withChange(change)).diagnostics.map((d) => `${d.code}: ${d.message}`);
  expect(messages).toEqual([]);
});
