import fc from "fast-check";
import { expect, test } from "vitest";
import { routing } from "../../../compiler/passes/routing.ts";
import type { WorkflowText } from "../../../protocol/language/artifacts.ts";
import { randomTexts } from "./random-workflows.ts";
import { type Texts, typedOf } from "./typed.ts";

const NODES = 500;

function codesIn(texts: Texts): string[] {
  return routing(typedOf(texts)).diagnostics.map(({ code }) => code);
}

/** The texts with a fault in their last workflow. */
function broken(texts: Texts, fault: (workflow: Forged) => void): Texts {
  const workflows = structuredClone(texts.workflows) as WorkflowText[];
  fault(workflows.at(-1));
  return { ...texts, workflows };
}

// biome-ignore lint/suspicious/noExplicitAny: a careless author writes anything.
type Forged = any;

const large = fc
  .tuple(randomTexts({ nodes: NODES }), fc.nat())
  .filter(([{ workflows }]) => Object.keys(workflows[0]?.nodes ?? {}).length > 10);

/** The node at a random place, not the last ones. */
function someNode(workflow: Forged, place: number): [name: string, node: Forged] {
  const names = Object.keys(workflow.nodes);
  const name = names[place % (names.length - 2)] ?? "";
  return [name, workflow.nodes[name]];
}

test("random workflows that are right have no finding", () => {
  fc.assert(
    fc.property(randomTexts({ nodes: 12, callees: 2 }), (texts) => {
      expect(codesIn(texts)).toEqual([]);
    }),
  );
});

const FAULTS: readonly [code: string, fault: (workflow: Forged, place: number) => void][] = [
  [
    "routing/unrouted-outcome",
    (workflow, place) => {
      const [, node] = someNode(workflow, place);
      delete node.on[Object.keys(node.on)[0] ?? ""];
    },
  ],
  [
    "routing/unknown-outcome",
    (workflow, place) => {
      workflow.nodes.node_0 = { ...workflow.nodes.node_0, effect: "CS_EVENTS_V0", op: "APPEND" };
      delete workflow.nodes.node_0.transform;
      delete workflow.nodes.node_0.decide;
      const next = Object.values(workflow.nodes.node_0.on)[0];
      workflow.nodes.node_0.on = { [place % 2 === 0 ? "SUCESS" : "DONE"]: next };
    },
  ],
  [
    "routing/cycle",
    (workflow, place) => {
      const [name, node] = someNode(workflow, place);
      const names = Object.keys(workflow.nodes);
      const back = names[place % (names.indexOf(name) + 1)];
      node.on[Object.keys(node.on).at(-1) ?? ""] = back;
    },
  ],
  [
    "routing/unreachable-exit",
    (workflow) => {
      workflow.exits.never = { outcome: "NEVER" };
    },
  ],
  [
    "routing/unreachable-node",
    (workflow) => {
      workflow.nodes.island = { transform: "CT_ONE_V0", on: { SUCCESS: "inland" } };
      workflow.nodes.inland = { transform: "CT_ONE_V0", on: { SUCCESS: "good" } };
    },
  ],
  [
    "routing/idle-engine-route",
    (workflow) => {
      workflow.nodes.node_last.on.FAULT = "bad";
    },
  ],
];

test.each(FAULTS)("%s: one fault among hundreds of nodes is one finding", (code, fault) => {
  fc.assert(
    fc.property(large, ([texts, place]) => {
      expect(codesIn(broken(texts, (workflow) => fault(workflow, place)))).toEqual([code]);
    }),
    { numRuns: 25 },
  );
});

test("faults apart are found together", () => {
  const texts: Texts = {
    transforms: [],
    workflows: [
      {
        kind: "workflow",
        code: "WF_MANY_V0",
        summary: "Many faults.",
        payload: true,
        start: "a",
        nodes: {
          a: { decide: [{ otherwise: "ON" }], with: null, on: { ON: "b", OFF: "done" } },
          b: { decide: [{ otherwise: "ON" }], with: null, on: { ON: "a" } },
          c: {
            decide: [{ when: true, outcome: "X" }, { otherwise: "Y" }],
            with: null,
            on: { Y: "done" },
          },
        },
        exits: { done: { outcome: "DONE" } },
        on_fault: { outcome: "FAULTED" },
      },
    ],
  };
  expect(codesIn(texts).sort()).toEqual([
    "routing/cycle",
    "routing/outcome-no-row-gives",
    "routing/unrouted-outcome",
  ]);
});

test("a circle is named from its first node on, and every step of it has its place", () => {
  const step = (next: string) => ({ decide: [{ otherwise: "ON" }], with: null, on: { ON: next } });
  const { diagnostics } = routing(
    typedOf({
      workflows: [
        {
          kind: "workflow",
          code: "WF_ROUND_V0",
          summary: "Round and round.",
          payload: true,
          start: "in",
          nodes: { in: step("b"), c: step("a"), a: step("b"), b: step("c") },
          exits: { done: { outcome: "DONE" } },
          on_fault: { outcome: "FAULTED" },
        },
      ],
    }),
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "the routes lead in a circle: `c` → `a` → `b` → `c`",
  ]);
  expect(diagnostics[0]?.span.file).toContain("nodes/b/on/ON");
  expect(diagnostics[0]?.related.map(({ message }) => message)).toEqual([
    "`c` leads to `a`",
    "`a` leads to `b`",
  ]);
});
