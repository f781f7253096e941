/** The laws of sealed graphs that fan out, wait, try again and undo: each forged, each refused. */
import { beforeAll, expect, test } from "vitest";
import { lower } from "../../../compiler/passes/lower.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { graphForm } from "../../../runtime/snapshot/graph-form.ts";
import { brokenLaw } from "../../../runtime/snapshot/graph-laws.ts";
import { found, object, PAGES } from "../../compiler/back/fork-texts.ts";

const TEXT = { type: "string" };

/** Asks the outside again, and may have that undone. */
const BANK: Json = {
  kind: "effect",
  code: "CS_BANK_V0",
  summary: "A bank.",
  semantics: "external",
  implementation: "http-call",
  settings: { hosts: ["example.org"] },
  operations: {
    PAY: {
      input: object({ id: TEXT }),
      outcomes: { SUCCESS: object({ receipt: TEXT }), REFUSED: object({}) },
      repeat: "safe",
      timeout: "PT5S",
    },
  },
};

const ITEM: Json = {
  kind: "workflow",
  code: "WF_ITEM_V0",
  summary: "Pays and writes it down, or takes it back.",
  payload: object({ id: TEXT }),
  start: "pay",
  nodes: {
    pay: {
      effect: "CS_BANK_V0",
      op: "PAY",
      with: { id: "$.payload.id" },
      retry: { outcomes: ["TIMEOUT"], attempts: 3, wait: "PT1S", factor: 2 },
      compensate: { effect: "CS_BANK_V0", op: "PAY", with: { id: "$.nodes.pay.receipt" } },
      on: { SUCCESS: "ask", REFUSED: "refused", TIMEOUT: "refused" },
    },
    ask: {
      await: {
        signals: { YES: { payload: TEXT, people: 2 }, NO: { payload: TEXT } },
        deadline: "P3D",
      },
      on: { YES: "fine", NO: "back", TIMEOUT: "back" },
    },
  },
  exits: {
    fine: { outcome: "DONE", result: "$.nodes.ask.payload" },
    refused: { outcome: "REFUSED" },
    back: { compensate: true },
  },
  on_fault: { outcome: "FAULTED" },
};

const WAVE: Json = {
  kind: "workflow",
  code: "WF_WAVE_V0",
  summary: "Fans out.",
  payload: object({
    ids: { type: "array", maxItems: 5, items: TEXT },
    due: { type: "string", format: "date-time" },
  }),
  start: "later",
  nodes: {
    later: { await: { until: "$.payload.due" }, on: { ELAPSED: "wave" } },
    wave: {
      map: "$.payload.ids",
      max: 5,
      call: "WF_ITEM_V0",
      with: { id: "$.item" },
      succeed: ["DONE"],
      threshold: 0.5,
      on: { SUCCESS: "pair", PARTIAL: "pair", FAILED: "poor", EMPTY: "poor" },
    },
    pair: {
      parallel: {
        left: { call: "WF_ITEM_V0", with: { id: "l" }, succeed: ["DONE"] },
        right: { call: "WF_ITEM_V0", with: { id: "r" }, succeed: ["DONE"] },
      },
      on: { SUCCESS: "done", FAILED: "poor" },
    },
  },
  exits: {
    done: { outcome: "SUCCESS", result: "$.nodes.pair.left.outcome" },
    poor: { outcome: "POOR" },
  },
  on_fault: { outcome: "FAULTED" },
};

let sealed: string;

beforeAll(async () => {
  const { typed, diagnostics } = found([PAGES, BANK, ITEM, WAVE]);
  if (typed === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const graphs = (await lower(typed)).value;
  sealed = JSON.stringify(graphs.find(({ workflow }) => workflow === "example::WF_WAVE_V0"));
});

// biome-ignore lint/suspicious/noExplicitAny: a forger writes what he likes.
type Forged = any;

/** Where a graph is refused that was changed; undefined where it is not. */
function refusedAt(change: (graph: Forged) => void): string | undefined {
  const graph = JSON.parse(sealed);
  change(graph);
  const problem = graphForm(graph) ?? brokenLaw(graph as Graph);
  return problem?.pointer;
}

const node = (graph: Forged, name: string): Forged =>
  graph.nodes.find((one: Forged) => one.name === name);
const at = (graph: Forged, name: string): number =>
  graph.nodes.findIndex((one: Forged) => one.name === name);

/** An edge of a node led elsewhere, in the drawing, too. */
function lead(graph: Forged, name: string, outcome: string, to: number): void {
  const from = at(graph, name);
  const edge = graph.nodes[from].edges.find((one: Forged) => one.outcome === outcome);
  const lines = graph.drawing.edges;
  const line = lines.find((one: Forged) => one.from === from && one.to === edge.to);
  line.outcomes = line.outcomes.filter((one: string) => one !== outcome);
  edge.to = to;
  const known = lines.find((one: Forged) => one.from === from && one.to === to);
  if (known === undefined) lines.push({ ...line, to, outcomes: [outcome] });
  else known.outcomes.push(outcome);
}

test("the graph itself is taken", () => {
  expect(refusedAt(() => {})).toBeUndefined();
});

const FORGERIES: readonly [law: string, forge: (graph: Forged) => void][] = [
  // Parts that stand apart.
  ["a body that begins nowhere", (g) => (node(g, "wave").body = 999)],
  ["a body that begins before its fork", (g) => (node(g, "wave").body = 0)],
  ["a body that is no call", (g) => (node(g, "wave").body = at(g, "wave/pay"))],
  ["a body of another fork", (g) => (node(g, "wave").body = at(g, "pair/left"))],
  [
    "two branches with one body",
    (g) => {
      node(g, "pair").branches[1].body = node(g, "pair").branches[0].body;
    },
  ],
  ["an edge out of a body", (g) => lead(g, "wave/pay", "REFUSED", at(g, "poor"))],
  [
    "an edge from one branch into the other",
    (g) => {
      lead(g, "pair/left/pay", "REFUSED", at(g, "pair/right/refused"));
    },
  ],
  ["an edge into a body", (g) => lead(g, "later", "ELAPSED", at(g, "wave/ask"))],
  [
    "an end of the execution in a body",
    (g) => {
      const join = node(g, "wave/fine");
      join.kind = "exit";
    },
  ],
  ["an end of a body outside of one", (g) => (node(g, "poor").kind = "join")],
  [
    "a body that is cancelled by itself",
    (g) => {
      node(g, "wave/pay").edges.push({
        outcome: "CANCELLED",
        to: at(g, "on_cancel"),
        engine: true,
      });
    },
  ],
  ["a fork that cannot be cancelled", (g) => node(g, "wave").edges.pop()],
  ["a wait that cannot be cancelled", (g) => node(g, "later").edges.pop()],
  ["a name that does not tell its part", (g) => (node(g, "wave/pay").name = "pay")],
  ["a name that tells another part", (g) => (node(g, "pair/left/pay").name = "pair/right/paid")],
  ["a beginning of another name", (g) => (node(g, "wave/on_item").name = "wave/begin")],
  // Values.
  [
    "an item outside of its body",
    (g) => (node(g, "done").result = { read: [node(g, "wave").item] }),
  ],
  [
    "an item in another body",
    (g) => (node(g, "pair/left").input = { read: [node(g, "wave").item] }),
  ],
  [
    "an item's value after the fork",
    (g) => {
      node(g, "done").result = { read: [node(g, "wave/ask").slot, "payload"] };
    },
  ],
  [
    "a branch that reads what the other wrote",
    (g) => {
      node(g, "pair/right/fine").result = { read: [node(g, "pair/left/ask").slot] };
    },
  ],
  [
    "a body that reads what its fork gives",
    (g) => {
      node(g, "wave/on_item").input = { read: [node(g, "wave").slot] };
    },
  ],
  ["an item where the output goes", (g) => (node(g, "wave").item = node(g, "wave").slot)],
  [
    "a list that is read before it is written",
    (g) => (node(g, "wave").items = { read: [node(g, "pair").slot] }),
  ],
  [
    "a time that is read before it is written",
    (g) => (node(g, "later").limit = { until: { read: [9] } }),
  ],
  // What a fork holds.
  ["a list without a bound", (g) => (node(g, "wave").max = 0)],
  ["a list beyond the limit", (g) => (node(g, "wave").max = LIMITS.mapItemsMax + 1)],
  ["none at a time", (g) => (node(g, "wave").concurrency = 0)],
  ["too many at a time", (g) => (node(g, "wave").concurrency = LIMITS.mapConcurrencyMax + 1)],
  ["a share of all", (g) => (node(g, "wave").threshold = 1)],
  ["a share of nothing", (g) => (node(g, "wave").threshold = 0)],
  ["a part without a share", (g) => (node(g, "wave").threshold = null)],
  ["collecting without a way out", (g) => (node(g, "wave").collect = true)],
  ["nothing that is a success", (g) => (node(g, "wave").succeed = [])],
  ["a fault as a success", (g) => (node(g, "wave").succeed = ["FAULT"])],
  ["what was undone as a success", (g) => (node(g, "pair").branches[0].succeed = ["COMPENSATED"])],
  ["branches of one name", (g) => (node(g, "pair").branches[1].name = "left")],
  ["a branch without a name", (g) => (node(g, "pair").branches[1].name = "")],
  ["no output of an empty list", (g) => (node(g, "wave").edges[3].outcome = "NONE")],
  ["a parallel that is empty", (g) => (node(g, "pair").edges[1].outcome = "EMPTY")],
  ["an unknown member", (g) => (node(g, "pair").concurrency = 2)],
  // Ends.
  [
    "an end of a body that goes on",
    (g) => (node(g, "wave/on_fault").edges = node(g, "wave/fine").edges),
  ],
  ["an end without a way out", (g) => (node(g, "wave/fine").edges = [])],
  ["an end that fails elsewhere", (g) => lead(g, "wave/fine", "VIOLATION", at(g, "wave/refused"))],
  ["a fault that says DONE", (g) => (node(g, "wave/on_fault").outcome = "DONE")],
  ["an end that says FAULT", (g) => (node(g, "wave/fine").outcome = "FAULT")],
  // Waits.
  ["a wait for a time that gives up", (g) => (node(g, "later").elapsed = "TIMEOUT")],
  ["a wait for signals without end", (g) => (node(g, "wave/ask").elapsed = "ELAPSED")],
  [
    "a signal without a route",
    (g) => node(g, "wave/ask").signals.push(["MAYBE", node(g, "wave/ask").signals[0][1]]),
  ],
  ["a route without its signal", (g) => node(g, "wave/ask").signals.pop()],
  ["a signal twice", (g) => node(g, "wave/ask").signals.push(node(g, "wave/ask").signals[0])],
  ["a signal of the engine", (g) => (node(g, "wave/ask").signals[0][0] = "FAULT")],
  ["a signal of nobody", (g) => (node(g, "wave/ask").signals[0][1].people = 0)],
  ["a payload of no schema", (g) => (node(g, "wave/ask").signals[0][1].payload = 999)],
  ["a wait of less than no time", (g) => (node(g, "wave/ask").limit = { afterMs: -1 })],
  ["a wait of two limits", (g) => (node(g, "later").limit.afterMs = 1)],
  [
    "a time without a way out",
    (g) => {
      const one = node(g, "later");
      one.edges = one.edges.filter(({ outcome }: Forged) => outcome !== "VIOLATION");
    },
  ],
  // Tries and what undoes.
  ["one attempt", (g) => (node(g, "wave/pay").retry.attempts = 1)],
  ["a wait that shrinks", (g) => (node(g, "wave/pay").retry.factor = 0.5)],
  ["a try after what is no outcome", (g) => node(g, "wave/pay").retry.outcomes.push("MAYBE")],
  ["a try after a doubt", (g) => node(g, "wave/pay").retry.outcomes.push("IN_DOUBT")],
  ["a try of what is no call", (g) => (node(g, "later").retry = node(g, "wave/pay").retry)],
  [
    "what undoes and goes on",
    (g) =>
      (node(g, "wave/pay/compensate").edges = [{ outcome: "SUCCESS", to: at(g, "wave/fine") }]),
  ],
  [
    "what undoes and is undone",
    (g) => {
      node(g, "wave/pay/compensate").undone = node(g, "wave/pay").undone;
    },
  ],
  [
    "what undoes another",
    (g) => (node(g, "wave/pay").undone.by = at(g, "pair/left/pay/compensate")),
  ],
  ["undone by what is no effect", (g) => (node(g, "wave/pay").undone.by = at(g, "wave/fine"))],
  ["undone by nothing, and done", (g) => (node(g, "wave/pay").undone.by = null)],
  ["undone after what is no outcome", (g) => (node(g, "wave/pay").undone.after = ["MAYBE"])],
  ["done after what is no outcome", (g) => (node(g, "wave/pay").undone.done = ["MAYBE"])],
  ["an edge to what undoes", (g) => lead(g, "wave/pay", "REFUSED", at(g, "wave/pay/compensate"))],
  ["undoing more than its own part", (g) => (node(g, "wave/back").within = "")],
  ["undoing another part", (g) => (node(g, "wave/back").within = "pair/left/")],
  ["undoing with one end", (g) => node(g, "wave/back").edges.pop()],
  // The drawing.
  [
    "a body without a line",
    (g) => {
      g.drawing.edges = g.drawing.edges.filter(({ says }: Forged) => says === undefined);
    },
  ],
  [
    "a line that says another branch",
    (g) => {
      g.drawing.edges.find(({ says }: Forged) => says === "left").says = "right";
    },
  ],
  ["a line that is an edge and a body", (g) => (g.drawing.edges[0].says = "each")],
];

test.each(FORGERIES)("%s is refused", (_, forge) => {
  expect(refusedAt(forge)).toBeDefined();
});
