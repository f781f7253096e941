/** A projection is a function of ledger lines and graph: deleted and made again it is the same (L6). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { renderPng } from "../../../runtime/traces/png.ts";
import {
  type Paint,
  PROJECTED,
  projectTrace,
  writeProjection,
} from "../../../runtime/traces/project.ts";
import { drawnGraph, type Sketch } from "./drawn-graph.ts";
import { TRACE, textOf, traceLines, walkBodies, writtenLines } from "./written-trace.ts";

const folder = mkdtempSync(join(tmpdir(), "pgs-project-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sketch: Sketch = {
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "done" }],
  done: ["exit SUCCESS"],
};
const graph = await drawnGraph(sketch);
const under = { graph, policies: [] };
const lines = writtenLines(walkBodies(graph, [["identify SUCCESS", { output: { id: "é" } }]]));
const font = join(import.meta.dirname, "../../../runtime/traces/picture-font.ttf");
const paint: Paint = (svg) => renderPng(svg, font);

test("the lines are those of the ledger, byte for byte", async () => {
  const projection = await projectTrace(traceLines(lines), under, paint);
  expect(textOf(projection, "jsonl")).toBe(lines.join(""));
});

test("a deleted folder comes back with the same bytes in every file (L6)", async () => {
  const contents = async (): Promise<Record<string, string>> => {
    const projection = await projectTrace(traceLines(lines), under, paint);
    writeProjection(systemFiles, folder, { trace: TRACE, projection });
    const names = readdirSync(join(folder, TRACE));
    const read = (name: string) => readFileSync(join(folder, TRACE, name), "base64");
    return Object.fromEntries(names.map((name) => [name, read(name)]));
  };
  const first = await contents();
  expect(Object.keys(first).sort()).toEqual(PROJECTED.map((file) => `${TRACE}.${file}`).sort());
  rmSync(join(folder, TRACE), { recursive: true });
  expect(await contents()).toEqual(first);
});

test("the painter is called before anything is awaited", () => {
  let called = false;
  const projecting = projectTrace(traceLines(lines), under, async () => {
    called = true;
    return new Uint8Array();
  });
  expect(called).toBe(true);
  return projecting;
});

test("an id that is no file name is never made a path", async () => {
  const projection = await projectTrace(traceLines(lines), under, async () => new Uint8Array());
  for (const trace of ["../x", "/x", "", "a/b", "nul", "x".repeat(300)]) {
    expect(() => writeProjection(systemFiles, folder, { trace, projection })).toThrow();
  }
});
