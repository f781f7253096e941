/** Work under an idempotency key runs once: in one process, across them, and whatever was killed. */
import { expect, test } from "vitest";
import { pgs } from "./cli.ts";
import { batchFile, note, notesPlace, RUN_NOTES, startPgs, toldIn } from "./notes.ts";

interface Row {
  readonly trace_id: string;
  readonly idempotency_key: string | null;
  readonly outcome: string | null;
}

function executionsIn(place: readonly string[]): readonly Row[] {
  return (pgs(["list", "--json", ...place]).json() as { executions: readonly Row[] }).executions;
}

test("a batch that is killed and given again runs every line exactly once (L4)", async () => {
  const lines = Array.from({ length: 2_000 }, (_, at) => (at % 100 === 49 ? "{}" : note(`n${at}`)));
  const place = notesPlace();
  const args = [...RUN_NOTES, "--batch", batchFile(lines), "--idempotency-key", "load-1", "--json"];
  const killed = startPgs([...args, ...place]);
  await killed.printed(150);
  killed.child.kill("SIGKILL");
  expect(await killed.ended).toEqual({ code: null, signal: "SIGKILL" });
  const before = toldIn(killed.out()).filter(({ trace_id }) => trace_id !== undefined);
  expect(before.length).toBeGreaterThan(100);
  expect(before.length).toBeLessThan(1_980);

  const again = pgs([...args, ...place]);
  expect(again.code, again.err).toBe(4);
  const told = toldIn(again.out);
  const byLine = new Map(told.map((one) => [one.line, one]));
  expect(told.at(-1)?.summary).toMatchObject({ lines: 2_000, outcomes: { NOTED: 1_980 } });
  for (const { line, trace_id } of before) {
    expect(byLine.get(line)).toMatchObject({ trace_id, repeated: true });
  }
  const rows = executionsIn(place);
  expect(rows).toHaveLength(1_980);
  expect(new Set(rows.map((row) => row.idempotency_key)).size).toBe(1_980);
  for (const { trace_id, idempotency_key } of rows) {
    expect(byLine.get(Number(idempotency_key?.slice("load-1/".length)))?.trace_id).toBe(trace_id);
  }
  expect(pgs(["verify", "--state", ...place]).code).toBe(0);
});

test("a single run under a key gives the first answer, in text and as JSON", () => {
  const place = notesPlace();
  const run = (text: string, ...more: readonly string[]) =>
    pgs([...RUN_NOTES, "--payload", "-", "--idempotency-key", "order-7", ...place, ...more], {
      input: note(text),
    });
  const first = run("a", "--json").json();
  expect(first).toMatchObject({ outcome: "NOTED", repeated: false });
  const second = run("a", "--json").json();
  expect(second).toEqual({ ...first, repeated: true });
  expect(run("a").out).toContain("repeated");
  expect(run("a").out).toContain(String(first.trace));
  const other = run("b", "--json");
  expect(other.code).toBe(4);
  expect(other.json()).toMatchObject({ refused: { code: "idempotency/other-work" } });
  const listed = pgs(["list", ...place]).out;
  expect(listed).toContain("idempotency_key");
  expect(listed).toContain("order-7");
  expect(executionsIn(place)).toHaveLength(1);
});

test("a line of a batch and a single run share their keys", () => {
  const place = notesPlace();
  const key = ["--idempotency-key", "b"];
  const lines = [note("a"), note("b")];
  const batch = () =>
    toldIn(pgs([...RUN_NOTES, "--batch", batchFile(lines), "--json", ...key, ...place]).out);
  const told = batch();
  const single = [...RUN_NOTES, "--payload", "-", "--idempotency-key", "b/2", "--json", ...place];
  const repeated = pgs(single, { input: note("b") }).json();
  expect(repeated).toMatchObject({ repeated: true, trace: null });
  expect(repeated.trace_id).toBe(told.find(({ line }) => line === 2)?.trace_id);
  lines.reverse();
  const other = batch();
  expect(other[0]?.refused?.code).toBe("idempotency/other-work");
  expect(other.at(-1)?.summary).toMatchObject({ refused: 2, ended: 0 });
});

test("a key that is not one is refused", () => {
  for (const key of ["", "two words", "é", "x".repeat(256)]) {
    const args = [...RUN_NOTES, "--payload", "-", "--json", "--idempotency-key", key];
    const ran = pgs([...args, ...notesPlace()], { input: note("a") });
    expect(ran.code, key).toBe(4);
    expect((ran.json().refused as { code: string }).code).toContain("idempotency/");
  }
});
