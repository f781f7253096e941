/**
 * Every diagnostic has its paragraph, cases that give it and cases that do not; and each case gives
 * exactly the findings that stand in it as comments.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CODES } from "../../compiler/codes.ts";
import { compile } from "../../compiler/compile.ts";
import { askCedarOnce } from "../asked-once.ts";
import { capabilities } from "../capabilities/built.ts";
import { casesIn, check, textAt } from "./check.ts";
import { PROGRAM } from "./from-text.ts";

// The platform's own policies stand beside each case.
askCedarOnce();

const CASES = join(import.meta.dirname, "../../compiler/codes/cases");

/** Codes whose wrong cases no file of text can hold, with the test that makes the bytes. */
const MADE_BY: Readonly<Record<string, string>> = {
  "load/byte-order-mark": "front/load.test.ts",
  "load/control-character": "front/load.test.ts",
  "load/no-protocol": "front/load.test.ts",
  "load/not-a-file": "front/load.test.ts",
  "load/not-utf8": "front/load.test.ts",
  "load/reserved-domain": "front/load.test.ts",
  "load/too-large": "front/load.test.ts",
  "load/too-many-files": "front/load.test.ts",
  "load/unreadable": "front/load.test.ts",
  "parse/too-many-values": "front/parse.test.ts",
  "proofs/too-tangled": "proofs/invariants.test.ts",
  "resolve/call-too-deep": "front/resolve.test.ts",
  "resolve/graph-too-large": "front/resolve.test.ts",
  "resolve/schema-too-deep": "front/resolve.test.ts",
  "resolve/schema-too-large": "front/resolve.test.ts",
  "typecheck/example-promise": "typecheck/examples.test.ts",
};

const folders = readdirSync(CASES).flatMap((pass) =>
  readdirSync(join(CASES, pass)).map((words) => `${pass}/${words}`),
);

test("every code has its folder of cases, and every folder its code", () => {
  expect(folders.toSorted()).toEqual([...CODES].toSorted());
});

test.each(folders)("%s is explained, and shown wrong and right", (code) => {
  const folder = join(CASES, code);
  expect(textAt(join(folder, "explain.md"))?.trim()).toMatch(/^[A-Z`].{40,}/s);
  const cases = casesIn(folder, code);
  const right = cases.filter((one) => !one.wrong).length;
  const wrong = cases.filter((one) => one.wrong).length;
  const maker = MADE_BY[code];
  if (maker === undefined) expect([wrong, right].every((count) => count > 0)).toBe(true);
  else expect(textAt(join(import.meta.dirname, maker))).toContain(code);
  expect(right).toBeGreaterThanOrEqual(wrong);
});

const cases = folders.flatMap((code) => casesIn(join(CASES, code), code));

test.each(cases)("$name gives what its comments say", async ({ name, wrong, files }) => {
  const { diagnostics: found } = await compile({
    workspace: files,
    program: PROGRAM,
    capabilities,
  });
  check(files, found);
  const code = name.split("/").slice(0, 2).join("/");
  expect(found.some((one) => one.code === code)).toBe(wrong);
});
