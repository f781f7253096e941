import fc from "fast-check";
import { expect, test } from "vitest";
import { layers } from "../../../compiler/passes/lower/layers.ts";
import { lower } from "../../../compiler/passes/lower.ts";
import type { Drawing, Graph } from "../../../protocol/language/graph.ts";
import { REGISTRATION } from "./protocols.ts";
import { randomTexts } from "./random-workflows.ts";
import { type Texts, typedOf } from "./typed.ts";

type Box = Drawing["nodes"][number];
type Point = readonly [x: number, y: number];

const lowered = new Map<string, readonly Graph[]>();

/** Lowered once: the laws below are held to the same workflows. */
async function graphsOf(texts: Texts): Promise<readonly Graph[]> {
  const text = JSON.stringify(texts);
  const graphs = lowered.get(text) ?? (await lower(typedOf(texts))).value;
  lowered.set(text, graphs);
  return graphs;
}

/** How far inside a box a point lies; negative outside. */
function depthIn(box: Box, [x, y]: Point): number {
  return Math.min(box.w / 2 - Math.abs(x - box.x), box.h / 2 - Math.abs(y - box.y));
}

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) < (a.w + b.w) / 2 && Math.abs(a.y - b.y) < (a.h + b.h) / 2;
}

/** Each two that do: there are thousands of pairs, and nothing is expected of each by itself. */
function overlapping(boxes: readonly Box[]): readonly (readonly [Box, Box])[] {
  return boxes.flatMap((box, index) =>
    boxes
      .slice(index + 1)
      .filter((other) => overlap(box, other))
      .map((other) => [box, other] as const),
  );
}

function isWithin({ width, height }: Drawing, box: Box): boolean {
  return (
    box.x - box.w / 2 >= -SLACK &&
    box.y - box.h / 2 >= -SLACK &&
    box.x + box.w / 2 <= width + SLACK &&
    box.y + box.h / 2 <= height + SLACK
  );
}

/** Whether a short or axis-parallel line passes through the inside of a box. */
function crosses(box: Box, a: Point, b: Point): boolean {
  const within = (axis: 0 | 1, middle: number, half: number) =>
    Math.max(a[axis], b[axis]) > middle - half + SLACK &&
    Math.min(a[axis], b[axis]) < middle + half - SLACK;
  return within(0, box.x, box.w / 2) && within(1, box.y, box.h / 2);
}

const drawings = randomTexts({ nodes: 14, callees: 2 });

/** Places are rounded; `dot` ends a line a little before its box. */
const SLACK = 4;

test("no two boxes overlap, and all lie in the drawing", async () => {
  await fc.assert(
    fc.asyncProperty(drawings, async (texts) => {
      for (const { drawing } of await graphsOf(texts)) {
        expect(drawing.nodes.filter((box) => !isWithin(drawing, box))).toEqual([]);
        expect(overlapping(drawing.nodes)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});

test("every line goes from its node's box to the other's", async () => {
  await fc.assert(
    fc.asyncProperty(drawings, async (texts) => {
      for (const { drawing } of await graphsOf(texts)) {
        for (const { from, to, points } of drawing.edges) {
          const [a, b] = [drawing.nodes[from], drawing.nodes[to]];
          const [first, last] = [points[0], points.at(-1)];
          if (!a || !b || !first || !last) throw new Error("a line without ends");
          expect(depthIn(a, first)).toBeGreaterThanOrEqual(-SLACK);
          expect(depthIn(b, last)).toBeGreaterThanOrEqual(-SLACK);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("the way to `on_fault` crosses no box", async () => {
  await fc.assert(
    fc.asyncProperty(drawings, async (texts) => {
      for (const { drawing } of await graphsOf(texts)) {
        const aside = drawing.edges.filter((edge) => edge.aside);
        for (const { points } of aside) {
          const corners = points.filter((_, index) => index % 3 === 0);
          for (const [index, corner] of corners.entries()) {
            const next = corners[index + 1] ?? corner;
            expect(drawing.nodes.filter((box) => crosses(box, corner, next))).toEqual([]);
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("only lines that nobody routed are led aside", async () => {
  const graph = (await graphsOf(REGISTRATION)).at(-1);
  for (const { from, to, outcomes, aside } of graph?.drawing.edges ?? []) {
    const edges = graph?.nodes[from]?.edges.filter((edge) => edge.to === to) ?? [];
    expect(edges.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(aside === true).toBe(edges.every(({ engine }) => engine === true));
  }
});

test("graphs beyond a layout's reach stand in ranks, each box apart", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 60 }),
      fc.array(fc.tuple(fc.nat(59), fc.nat(59)), { maxLength: 120 }),
      (count, pairs) => {
        const edges = pairs.flatMap(([a, b]) =>
          a < b && b < count ? [{ from: a, to: b, label: { w: 40, lines: 1 } }] : [],
        );
        const nodes = Array.from({ length: count }, (_, index) => ({ w: 80 + index, h: 40 }));
        const layout = layers({ nodes, edges });
        const boxes = layout.nodes.map(([x, y], index) => ({ x, y, w: 80 + index, h: 40 }));
        expect(overlapping(boxes)).toEqual([]);
        for (const { from, to } of edges) {
          expect(boxes[from]?.y).toBeLessThan(boxes[to]?.y ?? 0);
        }
      },
    ),
  );
});

test("a workflow of a thousand nodes is drawn", async () => {
  const step = (at: number) => ({
    decide: [{ when: { required: ["a"] }, outcome: "STOP" }, { otherwise: "ON" }],
    with: {},
    on: { STOP: "stopped", ON: at === 999 ? "done" : `n${at + 1}` },
  });
  const [graph] = await graphsOf({
    workflows: [
      {
        kind: "workflow",
        code: "WF_LONG_V0",
        summary: "A long way.",
        payload: true,
        start: "n0",
        nodes: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`n${at}`, step(at)])),
        exits: { done: { outcome: "DONE" }, stopped: { outcome: "STOPPED" } },
        on_fault: { outcome: "FAULTED" },
      },
    ],
  });
  expect(graph?.drawing.nodes).toHaveLength(1_003);
});
