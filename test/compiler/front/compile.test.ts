/** The passes as a whole: their order, that they stop, and what a compilation tells. */
import { expect, test } from "vitest";
import { compile, PASSES } from "../../../compiler/compile.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import { capabilities } from "../../capabilities/built.ts";
import { PROGRAM } from "../from-text.ts";

const DOMAIN = "kind: domain\ncode: example\nsummary: An example.\n";
const WORKFLOW = `---
kind: workflow
code: WF_SORT_V0
summary: Tell text from numbers, and those from everything else.
payload: true
start: text
nodes:
  text:
    decide: [{ when: { type: string }, outcome: TEXT }, { otherwise: OTHER }]
    with: $.payload
    on: { TEXT: done, OTHER: number }
  number:
    decide: [{ when: { type: number }, outcome: NUMBER }, { otherwise: OTHER }]
    with: $.payload
    on: { NUMBER: done, OTHER: refused }
exits:
  done: { outcome: SUCCESS }
  refused: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
`;

function compileFiles(files: Readonly<Record<string, string>>) {
  return compile({ workspace: protocolFilesOf(files), program: PROGRAM, capabilities });
}

test("the passes run in the order of the language's law", () => {
  expect(PASSES.map(([name]) => name).join(" ")).toBe(
    "load parse shape resolve typecheck routing prove policy lower proofs seal",
  );
  expect(Object.isFrozen(PASSES)).toBe(true);
});

test("nothing runs after a pass with an error; all that the pass can find is found", async () => {
  const { diagnostics, ok } = await compileFiles({
    "example/a.yaml": "a: 1\na: 2\n",
    "example/b.yaml": "b: *x\n",
    "example/c.yaml": "kind: nothing\n",
  });
  expect(ok).toBe(false);
  expect(diagnostics.map(({ code }) => code)).toEqual(["parse/duplicate-key", "parse/alias"]);
});

test("a warning lets the passes go on", async () => {
  const files = { "example/a.yaml": DOMAIN + WORKFLOW, "example/b.yaml": "# nothing\n" };
  const { ok, snapshot, diagnostics } = await compileFiles(files);
  expect(ok).toBe(true);
  expect(snapshot?.id).toMatch(/^[0-9a-f]{64}$/);
  expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    "warning parse/empty-file",
  ]);
});

test("a compilation counts what was compiled, on every way from start to end", async () => {
  const { counts } = await compileFiles({ "example/a.yaml": DOMAIN + WORKFLOW });
  const platform = await compileFiles({ "example/a.yaml": DOMAIN });
  const { artifacts, workflows, nodes, edges, paths } = platform.counts;
  expect(counts).toEqual({
    artifacts: artifacts + 1,
    workflows: workflows + 1,
    nodes: nodes + 5,
    edges: edges + 6,
    paths: paths + 3n,
  });
  const wrong = { "example/a.yaml": `${DOMAIN + WORKFLOW}\nextra: 1\n` };
  expect((await compileFiles(wrong)).counts).toMatchObject({ workflows: 0, nodes: 0, edges: 0 });
});

test("the order of files, and of artifacts in them, does not change the snapshot", async () => {
  const one = await compileFiles({ "example/a.yaml": DOMAIN + WORKFLOW });
  const two = await compileFiles({ "example/z.yaml": DOMAIN, "example/a.yaml": WORKFLOW });
  expect(one.snapshot?.id).toBeDefined();
  expect(two.snapshot?.id).toBe(one.snapshot?.id);
});
