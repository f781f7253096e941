/** The picture shows the whole graph and the path, holds nothing that acts, and never loses a label. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { renderPng } from "../../../runtime/traces/png.ts";
import { pictureOf } from "../../../runtime/traces/svg.ts";
import { drawNode } from "../../../runtime/traces/svg-node.ts";
import { drawnGraph, type Sketch } from "./drawn-graph.ts";
import { LETTERS, subsetFont } from "./subset-font.ts";
import { recordsOf, TRACE, walkBodies } from "./written-trace.ts";

const root = join(import.meta.dirname, "../../..");
const font = join(root, "runtime/traces/picture-font.ttf");

const sketch: Sketch = {
  check: ["enter WF_CHECK_V0", { ENTERED: "check/weigh", VIOLATION: "on_fault" }],
  "check/weigh": ["decide", { LIGHT: "check/fine", HEAVY: "check/bad" }],
  "check/fine": ["leave FINE", { FINE: "identify" }],
  "check/bad": ["leave BAD", { BAD: "refused" }],
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "register" }],
  register: ["effect CS_ACTORS_V0.REGISTER", { SUCCESS: "registered", ALREADY_EXISTS: "known" }],
  registered: ["exit SUCCESS"],
  known: ["exit ALREADY_EXISTS"],
  refused: ["exit BAD"],
};
const graph = await drawnGraph(sketch);
const path = ["check ENTERED", "check/weigh LIGHT", "check/fine FINE", "identify SUCCESS"];
const known = recordsOf(
  walkBodies(
    graph,
    [...path, "register ALREADY_EXISTS"].map((at) => [at]),
  ),
);
const faulted = recordsOf(
  walkBodies(
    graph,
    [...path, "register FAULT"].map((at) => [at]),
  ),
);

/** The numbers on the path, by the title of the node that they stand on. */
function numbers(svg: string): Record<string, string> {
  const found = svg.matchAll(/<g><title>([^:<]+):[^<]*<\/title>(.*)\n/g);
  return Object.fromEntries(
    [...found].flatMap(([, name = "", inner = ""]) => {
      const step = /<text [^>]*font-size="9" fill="#ffffff">([0-9]+)<\/text>/.exec(inner)?.[1];
      return step === undefined ? [] : [[name, step]];
    }),
  );
}

test("every node and every outcome of the graph is there, the steps numbered in order", () => {
  const svg = pictureOf(graph, known);
  for (const node of graph.nodes) expect(svg).toContain(`<title>${node.name}: `);
  for (const outcome of ["LIGHT", "HEAVY", "ALREADY_EXISTS", "VIOLATION", "FAULT"]) {
    expect(svg).toContain(`>${outcome}</text>`);
  }
  expect(numbers(svg)).toEqual({
    check: "1",
    "check/weigh": "2",
    "check/fine": "3",
    identify: "4",
    register: "5",
    known: "6",
  });
});

test("title and description say in words what the picture shows", () => {
  const svg = pictureOf(graph, known);
  expect(svg).toContain(`>${graph.workflow}, trace ${TRACE}: ALREADY_EXISTS</title>`);
  expect(svg).toContain("register gave ALREADY_EXISTS; ended at known with ALREADY_EXISTS.</desc>");
});

test("another path gives another picture", () => {
  expect(numbers(pictureOf(graph, faulted))).toMatchObject({ on_fault: "6" });
  expect(pictureOf(graph, faulted)).not.toBe(pictureOf(graph, known));
});

test("the same records give the same bytes", () => {
  expect(pictureOf(graph, known)).toBe(pictureOf(structuredClone(graph), structuredClone(known)));
});

test("an edge that leads aside is drawn without a label unless it is taken", () => {
  const aside: Graph = {
    ...graph,
    drawing: {
      ...graph.drawing,
      edges: graph.drawing.edges.map((edge) =>
        graph.nodes[edge.to]?.name === "on_fault" ? { ...edge, aside: true } : edge,
      ),
    },
  };
  expect(pictureOf(aside, known)).not.toContain(">FAULT</text>");
  expect(pictureOf(aside, faulted)).toContain(">FAULT</text>");
});

test("names from outside stay text, and nothing is loaded or run", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const name = `${text}<script>&"'\u202e\u0000\ud800`;
      const named = { ...graph, workflow: name } as unknown as Graph;
      const trace = known.map((record) => ({ ...record, trace: name })) as LedgerRecord[];
      const svg = pictureOf(named, trace);
      expect(svg).not.toMatch(/<script|<style|<image|<use|<foreignObject|href|url\(|\son[a-z]+=/i);
      expect(svg).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("the font is that of DejaVu, cut to the letters of a picture", () => {
  const whole = join(root, "node_modules/dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf");
  expect(subsetFont(readFileSync(whole), LETTERS).equals(readFileSync(font))).toBe(true);
});

test("the same picture gives the same PNG", async () => {
  const svg = pictureOf(graph, known);
  const [once, again] = [await renderPng(svg, font), await renderPng(svg, font)];
  expect(Buffer.from(once).subarray(1, 4).toString()).toBe("PNG");
  expect(Buffer.from(once).equals(Buffer.from(again))).toBe(true);
});

test("every label reaches the PNG: without any one of them it is another", async () => {
  const svg = pictureOf(graph, known);
  const whole = await renderPng(svg, font);
  const labels = svg.match(/<text.*?<\/text>/g) ?? [];
  expect(labels.length).toBeGreaterThan(30);
  for (const label of labels) {
    const without = await renderPng(svg.replace(label, ""), font);
    expect(Buffer.from(without).equals(Buffer.from(whole)), label).toBe(false);
  }
});

test("every letter that a picture can hold is in the font", async () => {
  const one = (text: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 40 40" font-family="DejaVu Sans Mono"><text x="9" y="30" font-size="24">${text}</text></svg>`;
  const empty = await renderPng(one(""), font);
  const seen = new Set<string>();
  for (const letter of LETTERS.slice(1)) {
    const png = await renderPng(one(`&#${letter};`), font);
    expect(Buffer.from(png).equals(Buffer.from(empty)), String(letter)).toBe(false);
    seen.add(Buffer.from(png).toString("base64"));
  }
  expect(seen.size).toBe(LETTERS.length - 1);
});

test("another font, or none, is refused: labels are never left out in silence", async () => {
  const svg = pictureOf(graph, known);
  const other = join(root, "node_modules/dejavu-fonts-ttf/ttf/DejaVuSerif.ttf");
  await expect(renderPng(svg, other)).rejects.toThrow("is the font of the pictures");
  await expect(renderPng(svg, join(root, "no-font.ttf"))).rejects.toThrow("ENOENT");
});

test("only the exit at which an execution ended is filled, not one that could not give its result", () => {
  const exit = {
    kind: "exit",
    name: "done",
    edges: [],
    origin: { workflow: "test::WF_TEST_V0", node: "done" },
    outcome: "DONE",
    result: { literal: null },
    seal: [],
    fault: false,
  } as const;
  const box = { x: 50, y: 20, w: 100, h: 40 };
  const ended = drawNode(exit, box, { step: 2, times: 1, end: true, stands: "" });
  const passed = drawNode(exit, box, { step: 2, times: 1, end: false, stands: "" });
  expect(ended).toContain('fill="#0a58ca"');
  expect(passed).not.toContain('<g fill="#0a58ca" stroke');
});

test("a call to the outside has a look of its own, and points out of its box on the right", async () => {
  const outside = await drawnGraph({
    pay: ["unsafe CS_BANK_V0.PAY", { PAID: "done", IN_DOUBT: "doubtful" }],
    done: ["exit SUCCESS"],
    doubtful: ["exit DOUBTFUL"],
  });
  const svg = pictureOf(outside, recordsOf(walkBodies(outside, [["pay IN_DOUBT"]])));
  expect(svg).toContain("<title>pay: PAY CS_BANK_V0</title>");
  expect(svg).toContain(">outside</text>");
  expect(svg).toMatch(/fill="#b42318">IN_DOUBT<\/text>/);
  const paid = pictureOf(outside, recordsOf(walkBodies(outside, [["pay PAID"]])));
  expect(paid).toMatch(/fill="#0a58ca">PAID<\/text>/);
  expect(svg).toContain("pay gave IN_DOUBT; ended at doubtful with DOUBTFUL.</desc>");
  expect(numbers(svg)).toEqual({ pay: "1", doubtful: "2" });
  const [box] = outside.drawing.nodes;
  const [pay] = outside.nodes;
  if (box === undefined || pay === undefined) throw new Error("the graph has its node");
  const points = /<polygon points="([^"]+)" stroke-linejoin/.exec(
    drawNode(pay, box, undefined),
  )?.[1];
  const xs = points?.split(" ").map((point) => Number(point.split(",")[0])) ?? [];
  expect(xs).toHaveLength(5);
  expect(Math.max(...xs)).toBeCloseTo(box.x + box.w / 2, 1);
  expect(Math.min(...xs)).toBeCloseTo(box.x - box.w / 2, 1);
});
