/** Durations as authors write them, and the bounds of waits, of attempts and of budgets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { durationMs, durationText } from "../../../compiler/duration.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import { exampleFiles, frontOf } from "../from-text.ts";

const PART = fc.option(fc.nat(999_999), { nil: undefined });

const durations = fc
  .record({ days: PART, hours: PART, minutes: PART, seconds: PART, ms: fc.nat(999) })
  .filter(({ days, hours, minutes, seconds }) =>
    [days, hours, minutes, seconds].some((part) => part !== undefined),
  );

test("a duration is its parts added up, to the millisecond", () => {
  fc.assert(
    fc.property(durations, ({ days, hours, minutes, seconds, ms }) => {
      const part = (value: number | string | undefined, letter: string) =>
        value === undefined ? "" : `${value}${letter}`;
      const exact = seconds === undefined ? undefined : `${seconds}.${String(ms).padStart(3, "0")}`;
      const time = part(hours, "H") + part(minutes, "M") + part(exact, "S");
      const text = `P${part(days, "D")}${time === "" ? "" : `T${time}`}`;
      const whole = (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60;
      const rest = seconds === undefined ? 0 : seconds * 1_000 + ms;
      expect(durationMs(text)).toBe(whole * 1_000 + rest);
    }),
  );
});

test.each([
  "",
  "P",
  "PT",
  "P1DT",
  "P1M",
  "P1Y",
  "P1W",
  "1D",
  "P1.5D",
  "PT1D",
  "P1H",
  "-P1D",
  "P-1D",
  "p1d",
  "P1D ",
  "P1D1D",
  "PT1.0000S",
  "P1000000D",
])("%j is no duration", (text) => {
  expect(durationMs(text)).toBeUndefined();
});

test("a bound is told as it would be written", () => {
  for (const text of ["P3650D", "P1D", "PT1H", "PT36H"]) {
    expect(durationText(durationMs(text) ?? 0)).toBe(text);
  }
});

/** The places and codes of the errors that the front finds. */
function faults(text: string): readonly string[] {
  const { diagnostics } = frontOf(protocolFilesOf(exampleFiles(text)));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return errors.map(({ span, code }) => `${span.line}:${span.column} ${code}`);
}

function waiting(awaited: string, on: string): string {
  return `kind: workflow
code: WF_A_V0
summary: A workflow.
payload: { type: object }
start: wait
nodes:
  wait:
    await: ${awaited}
    on: ${on}
exits: { done: { outcome: DONE } }
on_fault: { outcome: FAULTED }
`;
}

const TOLD = "{ payload: { type: object } }";

test.each([
  [`{ signals: { A: ${TOLD} }, deadline: P30D }`, "{ A: done, TIMEOUT: done }"],
  [
    `{ signals: { A: ${TOLD}, B: ${TOLD} }, deadline: PT0.001S }`,
    "{ A: done, B: done, TIMEOUT: done }",
  ],
  ["{ after: P3650D }", "{ ELAPSED: done }"],
  ["{ until: $.context.started_at }", "{ ELAPSED: done }"],
])("the front takes %s", (awaited, on) => {
  expect(faults(waiting(awaited, on))).toEqual([]);
});

test.each([
  ["{}", "8:5 shape/await-form"],
  [`{ signals: {}, deadline: P1D }`, "8:14 shape/empty"],
  [`{ signals: { a: ${TOLD} }, deadline: P1D }`, "8:25 shape/bad-name"],
  [`{ signals: { A: {} }, deadline: P1D }`, "8:25 shape/missing-key"],
  [`{ signals: { A: ${TOLD} }, deadline: 30 }`, "8:71 shape/wrong-type"],
  [`{ signals: { A: { payload: true, people: 17 } }, deadline: P1D }`, "8:53 shape/out-of-range"],
  [`{ signals: { A: { payload: true, people: 1.5 } }, deadline: P1D }`, "8:53 shape/wrong-type"],
  [`{ signals: { A: { payload: { type: nothing } } }, deadline: P1D }`, "8:47 shape/bad-value"],
  [`{ signals: { A: ${TOLD} }, deadlin: P1D }`, "8:61 shape/unknown-key"],
  ["{ after: P1D, until: $.payload }", "8:5 shape/await-form"],
  ["{ after: P1Y }", "8:21 shape/bad-duration"],
  ["PT1H", "8:12 shape/wrong-type"],
])("%s is one fault", (awaited, fault) => {
  expect(faults(waiting(awaited, "{ ELAPSED: done }"))).toEqual([fault]);
});

function budget(text: string): string {
  return `${waiting("{ after: P1D }", "{ ELAPSED: done }")}---
kind: intent
code: IN_A_V0
summary: An intent.
type: example.try
workflow: WF_A_V0
budget: ${text}
`;
}

test.each([
  ["{ writes: 0 }", []],
  ["{ writes: 3, external_calls: 1, attempts: 5, waits: 2, time: P40D }", []],
  ["{}", ["18:1 shape/empty"]],
  ["{ writes: -1 }", ["18:19 shape/out-of-range"]],
  ["{ writes: 1.5 }", ["18:19 shape/wrong-type"]],
  ["{ time: P1M }", ["18:17 shape/bad-duration"]],
  ["{ time: PT0S }", ["18:17 shape/timeout-out-of-bounds"]],
  ["{ money: 3 }", ["18:11 shape/unknown-key"]],
])("the budget %s has the faults %j", (text, found) => {
  expect(faults(budget(text))).toEqual(found);
});
