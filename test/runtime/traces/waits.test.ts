/** Pages and pictures of executions that wait, run a part for each item, and undo what was done. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Graph, ON_ITEM } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { instantOf } from "../../../runtime/machine/instants.ts";
import { markdownOf } from "../../../runtime/traces/markdown.ts";
import { renderPng } from "../../../runtime/traces/png.ts";
import { pictureOf } from "../../../runtime/traces/svg.ts";
import { inOrder, OPENED, traceOf } from "../evidence/run-traces.ts";
import { ALLOWED, OPERATOR } from "../governed.ts";
import { ANY, linkedGraph, STORE, WORKFLOW } from "../machine/linked-graph.ts";
import { BEGUN_MS, live } from "../machine/world.ts";
import { layOut } from "./drawn-graph.ts";

const nothing = { literal: null };
const end = (kind: "exit" | "join", name: string, outcome: string, fault = false) => ({
  node: { kind, name, outcome, result: nothing, seal: [], fault },
});
const stored = (name: string, slot: number, to: Readonly<Record<string, string>>) => [
  {
    node: {
      ...STORE,
      ...{ name, slot, operation: "PUT", outcomes: { SUCCESS: ANY } },
      input: { object: [["key", { literal: name }] as const] },
      undone: { by: -1, after: ["SUCCESS"], done: ["SUCCESS"] },
    },
    by: `${name}/compensate`,
    to,
  },
  {
    node: {
      ...STORE,
      ...{ name: `${name}/compensate`, slot: slot + 1, operation: "REMOVE" },
      ...{ outcomes: { SUCCESS: ANY, NOT_FOUND: ANY } },
      input: { object: [["key", { literal: name }] as const] },
    },
  },
];

/** Begins a wave, loads each item that is not odd, and takes all back where one of them is. */
async function waveGraph(): Promise<Graph> {
  const graph = linkedGraph(
    [
      ...stored("begin", 2, { SUCCESS: "each", FAULT: "on_fault" }),
      {
        node: {
          ...{ kind: "map", name: "each", slot: 4, item: 5, max: 10, concurrency: 2, seal: [] },
          ...{ items: { literal: [1, 2, 3, 4] }, succeed: ["LOADED"], threshold: null },
          collect: false,
        },
        body: `each/${ON_ITEM}`,
        to: { SUCCESS: "done", FAILED: "taken_back" },
      },
      {
        node: {
          ...{ kind: "enter", name: `each/${ON_ITEM}`, slot: 6, workflow: WORKFLOW, seal: [] },
          ...{ input: { read: [5] }, check: null },
        },
        to: { ENTERED: "each/check" },
      },
      {
        node: {
          ...{ kind: "transform", name: "each/check", slot: 7, capability: "test::CT_CHECK_V0" },
          ...{ implementation: "check", input: { read: [5] }, check: null, confidential: false },
          ...{ outcomes: { SUCCESS: ANY, ODD: ANY }, seal: {} },
        },
        to: { SUCCESS: "each/load", ODD: "each/odd", FAULT: "each/odd" },
      },
      ...stored("each/load", 8, { SUCCESS: "each/loaded", FAULT: "each/odd" }),
      end("join", "each/loaded", "LOADED"),
      end("join", "each/odd", "ODD"),
      { node: { kind: "undo", name: "taken_back", slot: 10, within: "" }, to: UNDONE },
      end("exit", "done", "SUCCESS"),
      end("exit", "taken_back/compensated", "COMPENSATED"),
      end("exit", "taken_back/stands", "PARTLY_COMPENSATED"),
      end("exit", "on_fault", "FAULTED", true),
    ],
    "begin",
    11,
  );
  return { ...graph, drawing: await layOut(graph.nodes) };
}

const UNDONE = { COMPENSATED: "taken_back/compensated", PARTLY_COMPENSATED: "taken_back/stands" };

async function permitGraph(): Promise<Graph> {
  const signal = (people: number) => ({ payload: ANY, people, notRequester: true, seal: [] });
  const graph = linkedGraph(
    [
      {
        node: {
          ...{ kind: "await", name: "decision", slot: 2, limit: { afterMs: 30 * DAY_MS } },
          elapsed: "TIMEOUT",
          signals: [
            ["APPROVE", signal(2)],
            ["REJECT", signal(1)],
          ],
        },
        to: { APPROVE: "granted", REJECT: "refused", TIMEOUT: "refused", CANCELLED: "on_cancel" },
      },
      end("exit", "granted", "GRANTED"),
      end("exit", "refused", "REFUSED"),
      { node: { ...end("exit", "on_cancel", "CANCELLED").node, cancel: true } },
      end("exit", "on_fault", "FAULTED", true),
    ],
    "decision",
    3,
  );
  return { ...graph, drawing: await layOut(graph.nodes) };
}

const DAY_MS = 86_400_000;
const at = (day: number) => instantOf(BEGUN_MS + day * DAY_MS);
const by = { session: null, caller: OPERATOR, policy: ALLOWED, snapshot: OPENED.snapshot };
const said = (principal: string) => ({
  ...{ type: "signal", node: "decision", signal: "APPROVE", principal, tenant: "default" },
  ...{ payload: { because: "it | fits" }, ...by },
});
const waiting = [
  OPENED,
  {
    ...{ type: "timer", node: "decision", since: at(2), until: at(32) },
    signals: ["APPROVE", "REJECT"],
  },
  said("ada"),
];
const output = {
  payload: { because: "it | fits" },
  principal: "bert",
  principals: ["ada", "bert"],
};
const granted = [
  ...waiting,
  said("bert"),
  { type: "node", node: "decision", outcome: "APPROVE", output, to: "granted" },
  {
    ...{ type: "closed", exit: "granted", outcome: "GRANTED", result: null, fault: false },
    ...{ records: 6, fingerprint: OPENED.snapshot },
  },
];

let wave: Graph;
let permit: Graph;
let compensated: readonly LedgerRecord[];

beforeAll(async () => {
  wave = await waveGraph();
  permit = await permitGraph();
  compensated = takenBack(wave);
});

/** The first run in which one item of four is odd, and all that was done is undone. */
function takenBack(graph: Graph): readonly LedgerRecord[] {
  const program = { graph, fits: () => null, matches: () => true };
  for (let answers = 0; ; answers += 1) {
    const records = traceOf(live({ program, answers, order: 1 }));
    const odd = records.filter((one) => one.type === "node" && one.outcome === "ODD");
    const last = records.at(-1);
    // The end of the item says so, too.
    if (odd.length === 2 && last?.type === "closed" && last.outcome === "COMPENSATED")
      return records;
  }
}

const page = (graph: Graph, records: readonly LedgerRecord[]) =>
  markdownOf({ graph, policies: [] }, records);

test("pages of what waits, what was decided and what was undone are the same as ever", async () => {
  expect(compensated.at(-1)).toMatchObject({ type: "closed", outcome: "COMPENSATED" });
  await expect(page(wave, compensated)).toMatchFileSnapshot("goldens/compensated.md");
  await expect(page(permit, inOrder(waiting))).toMatchFileSnapshot("goldens/waiting.md");
  await expect(page(permit, inOrder(granted))).toMatchFileSnapshot("goldens/granted.md");
});

test("a page says what is waited for, until when, and who has said so", () => {
  const text = page(permit, inOrder(waiting));
  expect(text).toContain("# `test::WF_FORKED_V0` waits");
  expect(text).toMatch(/\| `decision` \| `APPROVE` or `REJECT` \| .* \| `APPROVE` by `ada` \|/);
  expect(text).toContain('`{"because":"it \\u007c fits"}`');
});

test("a picture marks where an execution waits, and says for what and until when", () => {
  const svg = pictureOf(permit, inOrder(waiting));
  expect(svg).toContain(">WAITING</text>");
  expect(svg).toContain(`waits at decision for APPROVE or REJECT until ${at(32)}`);
  expect(svg).toMatch(/<title>decision: .*<\/title>.*>waits<\/text>/);
  expect(pictureOf(permit, inOrder(granted))).not.toContain(">waits</text>");
});

test("the ways out are told apart", () => {
  const svg = pictureOf(permit, inOrder(waiting));
  expect(svg).toContain(">fault route</text>");
  expect(svg).toContain(">cancel route</text>");
});

test("what ran for each item lights up one node, with how often", () => {
  const svg = pictureOf(wave, compensated);
  expect(svg).toContain(">each 4\u00d7</text>");
  expect(svg).toMatch(/<title>each\/check: .*>4\u00d7<\/text>/);
  expect(svg).toContain(">SUCCESS 3\u00d7</text>");
  expect(svg).toMatch(/>ODD<\/text>/);
  expect(svg).not.toContain("each[0]</title>");
});

test("what was undone does not look like success, and the page says what became of each", () => {
  const svg = pictureOf(wave, compensated);
  expect(svg).toMatch(/<rect [^>]*fill="#8a1c5c"\/><text [^>]*>COMPENSATED</);
  const text = page(wave, compensated);
  expect(text).toContain("All that was to be undone was undone, the last first");
  expect(text.match(/\| undone \|/g)).toHaveLength(4);
});

test("every one of these pictures can be painted", async () => {
  const font = join(import.meta.dirname, "../../../runtime/traces/picture-font.ttf");
  for (const svg of [pictureOf(wave, compensated), pictureOf(permit, inOrder(waiting))]) {
    expect((await renderPng(svg, font)).length).toBeGreaterThan(1_000);
  }
});
