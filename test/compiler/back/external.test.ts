/** Calls to the outside, behind `typecheck`: their ways out, the laws that hold of them, the seal. */
import { expect, test } from "vitest";
import type { Typed, TypedWorkflow } from "../../../compiler/model.ts";
import { lower } from "../../../compiler/passes/lower.ts";
import { prove } from "../../../compiler/passes/prove.ts";
import { routing } from "../../../compiler/passes/routing.ts";
import { seal } from "../../../compiler/passes/seal.ts";
import type {
  ExternalEffectText,
  Repeat,
  RoutesText,
} from "../../../protocol/language/artifacts.ts";
import type { ExternalNode, Graph } from "../../../protocol/language/graph.ts";
import { OUTSIDE, withOutside } from "../outside.ts";
import { nameOf, typedOf } from "./typed.ts";

const ANY = { type: "object" } as const;

function shop(repeat: Repeat): ExternalEffectText {
  return {
    kind: "effect",
    code: "CS_SHOP_V0",
    summary: "A shop.",
    semantics: "external",
    implementation: "http-call",
    settings: { hosts: ["shop.example.org"] },
    operations: {
      ASK: { input: ANY, outcomes: { GIVEN: ANY, BUSY: ANY }, repeat, timeout: "PT1M0.5S" },
    },
  };
}

/** A workflow that asks the shop and ends; `routes` come beside those of the contract. */
function asking(repeat: Repeat, routes: RoutesText = {}): Typed {
  return typedOf({
    externals: [shop(repeat)],
    workflows: [
      {
        kind: "workflow",
        code: "WF_ASK_V0",
        summary: "Asks.",
        payload: ANY,
        start: "ask",
        nodes: {
          ask: {
            effect: "CS_SHOP_V0",
            op: "ASK",
            with: { what: "$.payload.what" },
            on: { GIVEN: "given", BUSY: "busy", ...routes },
          },
        },
        exits: { given: { outcome: "SUCCESS" }, busy: { outcome: "BUSY" } },
        on_fault: { outcome: "FAULTED" },
      },
    ],
  });
}

async function graphOf(typed: Typed): Promise<Graph> {
  const { value } = await lower(typed);
  return value[0] as Graph;
}

function externalIn({ nodes }: Graph): ExternalNode {
  const [node] = nodes.filter((one) => one.kind === "external");
  return node as ExternalNode;
}

/** Outcome and target of each edge, those of the engine marked. */
function waysOut(graph: Graph): readonly string[] {
  return externalIn(graph).edges.map(
    ({ outcome, to, engine }) => `${outcome}${engine ? "*" : ""} ${graph.nodes[to]?.name}`,
  );
}

test("a call that may be repeated ends in TIMEOUT where no answer comes, written out", async () => {
  expect(waysOut(await graphOf(asking("safe")))).toEqual([
    "GIVEN given",
    "BUSY busy",
    "VIOLATION* on_fault",
    "FAULT* on_fault",
    "TIMEOUT* on_fault",
    "CANCELLED* on_cancel",
  ]);
});

test("a call that may not be repeated ends in IN_DOUBT, where the author says", async () => {
  expect(waysOut(await graphOf(asking("unsafe", { IN_DOUBT: "busy" })))).toEqual([
    "GIVEN given",
    "BUSY busy",
    "VIOLATION* on_fault",
    "FAULT* on_fault",
    "IN_DOUBT* busy",
    "CANCELLED* on_cancel",
  ]);
});

test("the sealed node holds all that a call needs", async () => {
  const graph = await graphOf(asking("unsafe"));
  expect(externalIn(graph)).toMatchObject({
    kind: "external",
    effect: "example::CS_SHOP_V0",
    operation: "ASK",
    implementation: "http-call",
    settings: { hosts: ["shop.example.org"] },
    repeat: "unsafe",
    timeoutMs: 60_500,
    check: null,
    input: { object: [["what", { read: [0, "what"] }]] },
    seal: {},
    sealInput: [],
  });
  for (const at of Object.values(externalIn(graph).outcomes)) {
    expect(graph.schemas[at]).toEqual(ANY);
  }
});

test("without settings in the contract there are none in the graph", async () => {
  const typed = asking("safe");
  const { settings, ...bare } = shop("safe");
  expect(settings).toBeDefined();
  const [workflow] = [...typed.world.workflows.values()].map((one) => one.artifact.text);
  const same = typedOf({ externals: [bare], workflows: workflow === undefined ? [] : [workflow] });
  expect(externalIn(await graphOf(same)).settings).toEqual({});
});

test("the snapshot lists what makes the calls, with its digest", async () => {
  const { value: graphs } = await lower(asking("safe"));
  const none = () => {
    throw new Error("nothing else is asked for");
  };
  const table = { names: () => [], digestOf: none, kindOf: none, transform: none, external: none };
  const { manifest } = seal({ graphs, capabilities: withOutside(table) }).value;
  expect(manifest.capabilities.map(({ implementation }) => implementation)).toEqual(["http-call"]);
  expect(OUTSIDE.has("http-call")).toBe(true);
});

function findings(typed: Typed): readonly string[] {
  return [...routing(typed).diagnostics, ...prove(typed).diagnostics].map(
    ({ code, hint }) => `${code}: ${hint}`,
  );
}

test("the route of the other answer that does not come is told what the contract says", () => {
  expect(findings(asking("safe", { IN_DOUBT: "busy" }))).toEqual([
    expect.stringMatching(/^routing\/idle-engine-route: .*`repeat: safe`.*`TIMEOUT`/),
  ]);
  expect(findings(asking("unsafe", { TIMEOUT: "busy" }))).toEqual([
    expect.stringMatching(/^routing\/idle-engine-route: .*`repeat: unsafe`.*`IN_DOUBT`/),
  ]);
  expect(findings(asking("safe", { TIMEOUT: "busy", FAULT: "busy" }))).toEqual([]);
});

test.each([
  ["safe", "TIMEOUT"],
  ["unsafe", "IN_DOUBT"],
  ["safe", "FAULT"],
  ["unsafe", "VIOLATION"],
] as const)("a call that is %s to repeat does not say SUCCESS for %s", (repeat, outcome) => {
  const found = prove(asking(repeat, { [outcome]: "given" })).diagnostics.map(({ code }) => code);
  expect(found).toEqual(["prove/fault-ends-in-success"]);
});

test("a call is never idle, nor is a workflow that makes one", () => {
  const routes = { GIVEN: "done", BUSY: "done" };
  const inner = {
    kind: "workflow",
    code: "WF_RING_V0",
    summary: "Rings.",
    payload: ANY,
    start: "ring",
    nodes: { ring: { effect: "CS_SHOP_V0", op: "ASK", with: {}, on: routes } },
    exits: { done: { outcome: "RUNG" } },
    on_fault: { outcome: "FAULTED" },
  } as const;
  const outer = {
    ...inner,
    code: "WF_OUTER_V0",
    start: "call",
    nodes: { call: { call: "WF_RING_V0", with: {}, on: { RUNG: "done" } } },
  } as const;
  const typed = typedOf({ externals: [shop("safe")], workflows: [inner, outer] });
  expect(
    typed.workflows.get(nameOf("WF_OUTER_V0")) satisfies TypedWorkflow | undefined,
  ).toBeDefined();
  expect(prove(typed).diagnostics).toEqual([]);
});
