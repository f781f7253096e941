/**
 * Random workflows that are right: acyclic, every outcome routed, everything reached. They are
 * structure only; values are literals.
 */
import fc from "fast-check";
import type { NodeText, WorkflowText } from "../../../protocol/language/artifacts.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import type { Texts } from "./typed.ts";

const ANY = { type: "object" } as const;

const CONTRACTS: Omit<Texts, "workflows"> = {
  transforms: ["ONE", "TWO", "THREE"].map((name, index) => ({
    kind: "transform",
    code: `CT_${name}_V0`,
    summary: "Gives something.",
    input: ANY,
    outcomes: Object.fromEntries(
      ["SUCCESS", "OTHER", "THIRD"].slice(0, index + 1).map((o) => [o, ANY]),
    ),
    implementation: "identify",
    examples: [],
  })),
  effects: [
    {
      kind: "effect",
      code: "CS_THINGS_V0",
      summary: "Things.",
      semantics: "registry",
      store: "things",
      value: ANY,
    },
    {
      kind: "effect",
      code: "CS_EVENTS_V0",
      summary: "Events.",
      semantics: "stream",
      store: "events",
      value: ANY,
    },
  ],
};

/** What a node does, and the outcomes that it has. */
interface Choice {
  readonly text: JsonObject;
  readonly outcomes: readonly string[];
}

const choices: readonly Choice[] = [
  { text: { transform: "CT_ONE_V0", with: {} }, outcomes: ["SUCCESS"] },
  { text: { transform: "CT_TWO_V0", with: { x: "$.payload.x?" } }, outcomes: ["SUCCESS", "OTHER"] },
  { text: { transform: "CT_THREE_V0", with: {} }, outcomes: ["SUCCESS", "OTHER", "THIRD"] },
  {
    text: { effect: "CS_THINGS_V0", op: "REGISTER", with: { key: "k", value: {} } },
    outcomes: ["SUCCESS", "ALREADY_EXISTS"],
  },
  { text: { effect: "CS_EVENTS_V0", op: "APPEND", with: { event: {} } }, outcomes: ["SUCCESS"] },
  {
    text: {
      decide: [
        { when: { required: ["a"] }, outcome: "YES" },
        { when: { required: ["b"] }, outcome: "MAYBE" },
        { otherwise: "NO" },
      ],
      with: {},
    },
    outcomes: ["YES", "MAYBE", "NO"],
  },
];

export interface Size {
  readonly nodes: number;
  /** Workflows before the last, each of which later ones may call. */
  readonly callees?: number;
}

/** Contracts and workflows, callees first. */
export function randomTexts({ nodes, callees = 0 }: Size): fc.Arbitrary<Texts> {
  const count = (most: number) => fc.integer({ min: 1, max: most });
  return fc
    .tuple(
      ...Array.from({ length: callees + 1 }, (_, index) => randomWorkflow(count(nodes), index)),
    )
    .map((workflows) => ({ ...CONTRACTS, workflows: workflows as WorkflowText[] }));
}

function codeOf(index: number): string {
  return `WF_RANDOM_${index}_V0`;
}

/** The outcomes of every random workflow's two exits. */
const EXITS = ["GOOD", "BAD"];

function randomWorkflow(count: fc.Arbitrary<number>, index: number): fc.Arbitrary<WorkflowText> {
  const calls = Array.from(
    { length: index },
    (_, callee): Choice => ({
      text: { call: codeOf(callee), with: {} },
      outcomes: EXITS,
    }),
  );
  const pick = fc.constantFrom(...choices, ...calls);
  return count.chain((nodes) =>
    fc
      .tuple(
        fc.array(pick, { minLength: nodes, maxLength: nodes }),
        fc.array(fc.nat(1_000), { minLength: nodes * 6, maxLength: nodes * 6 }),
      )
      .map(([picked, dice]) => workflowOf(codeOf(index), picked, dice)),
  );
}

/** The first outcome leads to the next node, so that everything is reached; the others anywhere on. */
function workflowOf(
  code: string,
  picked: readonly Choice[],
  dice: readonly number[],
): WorkflowText {
  const thrown = [...dice];
  const nodes = picked.map(({ text, outcomes }, at) => {
    const on = new Map<string, string>();
    const later = picked.map((_, index) => `node_${index}`).slice(at + 1);
    const targets = [...later, "good", "bad"];
    const anywhere = () => targets[(thrown.pop() ?? 0) % targets.length] ?? "good";
    for (const outcome of outcomes) on.set(outcome, anywhere());
    on.set(outcomes[0] ?? "", later[0] ?? "node_last");
    if ("transform" in text && anywhere() === "bad") on.set("FAULT", anywhere());
    return [`node_${at}`, { ...text, on: Object.fromEntries(on) }];
  });
  return {
    kind: "workflow",
    code,
    summary: "Made at random.",
    payload: true,
    start: "node_0",
    nodes: Object.fromEntries([...nodes, ["node_last", LAST]]) as Record<string, NodeText>,
    exits: { good: { outcome: "GOOD" }, bad: { outcome: "BAD", result: { x: "$.payload.x?" } } },
    on_fault: { outcome: "FAULTED" },
  };
}

/** Both exits are reached from here, whatever the dice said. */
const LAST: NodeText = {
  decide: [{ when: { required: ["z"] }, outcome: "FINE" }, { otherwise: "POOR" }],
  with: {},
  on: { FINE: "good", POOR: "bad" },
};
