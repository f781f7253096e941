/** What a workflow gives back, read from its graph: through calls, items, branches and waits. */
import { expect, test } from "vitest";
import { compile } from "../../../compiler/compile.ts";
import { resultsOf } from "../../../compiler/diff/result-types.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import { accepts } from "../../../compiler/types/accepts.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { graphFileOf } from "../../../protocol/language/manifest.ts";
import { capabilities } from "../../capabilities/built.ts";
import { PROGRAM } from "../from-text.ts";

const PROTOCOL = `kind: domain
code: example
summary: An example.
---
kind: workflow
code: WF_ONE_V0
summary: Large or small.
payload: { type: object, required: [n], properties: { n: { type: integer } } }
start: size
nodes:
  size:
    decide:
      - { when: { minimum: 10 }, outcome: LARGE }
      - otherwise: SMALL
    with: $.payload.n
    on: { LARGE: large, SMALL: small }
exits:
  large: { outcome: LARGE, result: { size: $.payload.n } }
  small: { outcome: SMALL, result: { size: none } }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_ALL_V0
summary: One by itself, many, two side by side, and a word in the end.
payload:
  type: object
  required: [list]
  properties: { list: { type: array, minItems: 1, maxItems: 5, items: { type: integer } } }
start: first
nodes:
  first:
    call: WF_ONE_V0
    with: { n: 3 }
    on: { LARGE: never, SMALL: each }
  each:
    map: $.payload.list
    max: 5
    call: WF_ONE_V0
    with: { n: $.item }
    succeed: [LARGE, SMALL]
    collect: true
    on: { SUCCESS: ask, FAILED: never }
  ask:
    await:
      signals: { SAY: { payload: { type: object, required: [word], properties: { word: { enum: [yes, no] } } } } }
      deadline: PT1H
    on: { SAY: said, TIMEOUT: never }
exits:
  said:
    outcome: SUCCESS
    result: { size: $.nodes.first.size, each: $.nodes.each.results, word: $.nodes.ask.payload.word }
  never: { outcome: NEVER }
on_fault: { outcome: FAULTED }
`.replace("enum: [yes, no]", 'enum: ["yes", "no"]');

test("a result is what its bindings may give on the ways to its end, and no more", async () => {
  const workspace = protocolFilesOf({ "example/example.yaml": PROTOCOL });
  const { snapshot, diagnostics } = await compile({ workspace, program: PROGRAM, capabilities });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const text = snapshot?.files.get(graphFileOf("example::WF_ALL_V0")) ?? "null";
  const results = resultsOf(JSON.parse(text));
  expect([...results.keys()].sort()).toEqual(["CANCELLED", "FAULTED", "NEVER", "SUCCESS"]);
  const takes = (result: Json) => accepts(results.get("SUCCESS") ?? false, result);
  const item = { outcome: "LARGE", result: { size: 12 } };
  const fine = { size: "none", each: [item], word: "yes" };
  expect(takes(fine)).toBe(true);
  expect(takes({ ...fine, each: [{ outcome: "FAULT", result: null }] })).toBe(true);
  for (const other of [
    { ...fine, size: 3 },
    { ...fine, word: "perhaps" },
    { ...fine, each: [{ ...item, result: { size: "many" } }] },
    { ...fine, each: [{ outcome: "HUGE", result: { size: 12 } }] },
    { size: "none", each: [] },
  ]) {
    expect([other, takes(other)]).toEqual([other, false]);
  }
  expect(results.get("NEVER")).toEqual({ const: null });
});
