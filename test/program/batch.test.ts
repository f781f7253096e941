/** A file of payloads in one command: every line is answered by its number, whatever the others do. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { filesIn, freshFolder, pgs, root } from "./cli.ts";
import {
  batchFile,
  note,
  notesPlace,
  RUN_NOTES,
  startPgs,
  TOO_LONG,
  type Told,
  toldIn,
  WITHOUT_TEXT,
} from "./notes.ts";

function runBatch(lines: readonly string[], ...more: readonly string[]) {
  return pgs([...RUN_NOTES, "--batch", batchFile(lines), "--json", ...notesPlace(), ...more]);
}

function summaryOf(told: readonly Told[]): Readonly<Record<string, unknown>> {
  return told.at(-1)?.summary ?? {};
}

test("2,000 lines are answered by number, bad ones among them refused with code and pointer", () => {
  const bad = new Map<number, readonly [text: string, code: string, pointer: string]>([
    [1, ['{"from":{"text":tru}}', "payload/syntax", "/from/text"]],
    [500, ['{"from":{"a":1,"a":2}}', "payload/duplicate-key", "/from/a"]],
    [501, ["", "batch/empty-line", ""]],
    [502, ["[]", "payload/unfit", ""]],
    [1_999, [`"${"x".repeat(1_100_000)}"`, "payload/too-large", ""]],
  ]);
  const lines = Array.from({ length: 2_000 }, (_, at) => bad.get(at + 1)?.[0] ?? note(`n${at}`));
  const ran = runBatch([...lines, "", "  ", ""]);
  expect(ran.code, ran.err).toBe(4);
  const told = toldIn(ran.out);
  expect(told).toHaveLength(2_001);
  const byLine = new Map(told.slice(0, -1).map((one) => [one.line, one]));
  expect(byLine.size).toBe(2_000);
  for (let line = 1; line <= 2_000; line += 1) {
    const one = byLine.get(line);
    const [, code, pointer = ""] = bad.get(line) ?? [];
    if (code === undefined) expect(one).toMatchObject({ outcome: "NOTED", repeated: false });
    else expect(one?.refused?.code, `line ${line}`).toBe(code);
    expect(one?.refused?.problems[0]?.pointer ?? "").toBe(pointer);
  }
  expect(summaryOf(told)).toMatchObject({
    lines: 2_000,
    ended: 1_995,
    refused: 5,
    outcomes: { NOTED: 1_995 },
    stopped: null,
  });
});

test("one at a time or 64, the outcomes are the same", () => {
  const lines = Array.from({ length: 300 }, (_, at) =>
    at % 7 === 0 ? WITHOUT_TEXT : at % 11 === 0 ? TOO_LONG : note(`n${at % 100}`),
  );
  const outcomes = ["1", "64"].map((concurrency) => {
    const ran = runBatch(lines, "--concurrency", concurrency);
    expect(ran.code, ran.err).toBe(5);
    return summaryOf(toldIn(ran.out)).outcomes;
  });
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(Object.keys(outcomes[0] as object)).toEqual(["FAULTED", "KNOWN", "NOTED", "NOTHING"]);
});

test("the exit code is the worst of what happened to the lines", () => {
  const cases = [
    [[], 0],
    [["", "\r", ""], 0],
    [[note("a"), WITHOUT_TEXT], 0],
    [[note("a"), "{}"], 4],
    [[TOO_LONG, note("a")], 5],
    [["{}", TOO_LONG], 5],
  ] as const;
  for (const [lines, code] of cases) {
    const ran = runBatch(lines);
    expect(ran.code, `${JSON.stringify(lines)}: ${ran.out}${ran.err}`).toBe(code);
  }
});

test("lines come through standard input and through a pipe, the last one without a newline", () => {
  const input = `${note("a")}\r\n${note("b")}`;
  const args = [...RUN_NOTES, "--json", ...notesPlace()];
  const first = pgs([...args, "--batch", "-"], { input });
  expect(summaryOf(toldIn(first.out)), first.err).toMatchObject({ outcomes: { NOTED: 2 } });
  const pipe = join(freshFolder(), "pipe");
  execFileSync("mkfifo", [pipe]);
  const program = [process.execPath, join(root, "bin/pgs.cjs"), ...args, "--batch", pipe];
  const quoted = program.map((word) => `'${word}'`).join(" ");
  const file = batchFile([note("a"), note("b")]);
  const second = spawnSync("sh", ["-c", `cat '${file}' > '${pipe}' & ${quoted}`], { cwd: root });
  expect(summaryOf(toldIn(second.stdout.toString()))).toMatchObject({ outcomes: { KNOWN: 2 } });
});

test("a batch as text ends with what it came to", () => {
  const lines = [note("a"), "{}", TOO_LONG];
  const ran = pgs([...RUN_NOTES, "--batch", batchFile(lines), ...notesPlace()]);
  expect(ran.out).toMatch(/^1 {2}NOTED {2}[0-9a-f-]{36}$/m);
  expect(ran.out).toMatch(/^2 {2}refused {2}payload\/unfit at the root: /m);
  expect(ran.out).toMatch(/^3 {2}FAULTED {2}[0-9a-f-]{36}$/m);
  expect(ran.out).toContain("3 lines: 2 executions ended, 1 refused, 1 on the fault route");
  expect(ran.out).toContain("FAULTED 1, NOTED 1");
});

test("traces are written when asked for; without, evidence is read from the ledger", () => {
  const lines = [note("a"), TOO_LONG];
  for (const [traces, written] of [
    ["none", 0],
    ["failed", 1],
    ["all", 2],
  ] as const) {
    const place = notesPlace();
    const args = [...RUN_NOTES, "--batch", batchFile(lines), "--json", "--traces", traces];
    const told = toldIn(pgs([...args, ...place]).out);
    const folder = place[5] ?? "";
    const jsonl = existsSync(folder) ? filesIn(folder).filter((file) => /jsonl$/.test(file)) : [];
    expect(jsonl, traces).toHaveLength(written);
    for (const { trace_id } of told.slice(0, 2)) {
      const examined = pgs(["examine", String(trace_id), "--json", ...place]);
      expect(examined.json(), examined.err).toMatchObject({ trace_id, integrity: { ok: true } });
      expect(pgs(["replay", String(trace_id), ...place]).code).toBe(0);
    }
    const replayed = pgs(["replay", "--all", "--json", ...place]).json();
    // The third is the one that the start went through.
    expect(replayed).toMatchObject({ ok: true, executions: 3 });
    expect(pgs(["verify", "--state", ...place]).code, traces).toBe(0);
  }
});

test("options that do not go together are refused, with what to do", () => {
  const run = (...args: readonly string[]) => pgs([...RUN_NOTES, ...args, ...notesPlace()]);
  const file = batchFile([note("a")]);
  const cases = [
    [["--payload", "-", "--batch", file], "run/unclear"],
    [["--payload", "-", "--concurrency", "8"], "run/unclear"],
    [["--batch", file, "--trace-id", "mine"], "run/unclear"],
    [[], "run/missing-option"],
    [["--batch", file, "--idempotency-key", "two words"], "run/bad-key"],
    [["--batch", file, "--concurrency", "0"], "expected an integer from 1 to 1024"],
    [["--batch", file, "--concurrency", "many"], "expected an integer from 1 to 1024"],
    [["--batch", file, "--traces", "some"], "expected one of `all`, `failed`, `none`"],
    [["--batch", file, "--wait", "-1"], "expected a number from 0 to 86400"],
    [["--batch", "nowhere.jsonl"], "batch/no-file"],
    [["--batch", "."], "batch/"],
  ] as const;
  for (const [args, said] of cases) {
    const ran = run(...args);
    expect(ran.code, `${args.join(" ")}: ${ran.err}`).toBe(2);
    expect(ran.err).toContain(said);
  }
});

test("a workflow that is not there is told once, and no line is", () => {
  const args = ["run", "--wf", "notes::WF_NOTES_V0", "--batch", batchFile([note("a"), note("b")])];
  const ran = pgs([...args, ...notesPlace()]);
  expect(ran.code).toBe(4);
  expect(ran.err).toContain("notes::WF_NOTE_V0");
  expect(ran.out).not.toContain("workflow/unknown");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s lets what runs end, prints the summary, and leaves the rest",
  async (signal, code) => {
    const place = notesPlace();
    const run = startPgs([...RUN_NOTES, "--batch", "-", "--json", ...place]);
    run.child.stdin?.write(`${note("a")}\n${note("b")}\n`);
    await run.printed(2);
    run.child.kill(signal);
    expect(await run.ended).toEqual({ code, signal: null });
    expect(run.err()).toContain(signal);
    expect(summaryOf(toldIn(run.out()))).toMatchObject({ ended: 2, stopped: signal });
    expect(pgs(["verify", "--state", ...place]).code).toBe(0);
  },
);

test("a reader who does not read holds the batch back; what it did not read comes later", async () => {
  const place = notesPlace();
  const lines = Array.from({ length: 5_000 }, (_, at) => note(`n${at}`));
  const run = startPgs([...RUN_NOTES, "--batch", batchFile(lines), "--json", ...place]);
  run.child.stdout?.pause();
  const ledger = join(place[3] ?? "", "ledger", "00000001.jsonl");
  const size = () => statSync(ledger, { throwIfNoEntry: false })?.size ?? 0;
  for (let before = -1; before < size() || size() === 0; await sleep(500)) before = size();
  const { executions } = pgs(["list", "--json", ...place]).json() as { executions: unknown[] };
  expect(executions.length).toBeLessThan(lines.length);
  run.child.stdout?.resume();
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(toldIn(run.out())).toHaveLength(lines.length + 1);
});

test("the second signal ends at once what waits for its reader", async () => {
  const place = notesPlace();
  const lines = Array.from({ length: 5_000 }, (_, at) => note(`n${at}`));
  const run = startPgs([...RUN_NOTES, "--batch", batchFile(lines), "--json", ...place]);
  run.child.stdout?.pause();
  const ledger = join(place[3] ?? "", "ledger", "00000001.jsonl");
  const size = () => statSync(ledger, { throwIfNoEntry: false })?.size ?? 0;
  for (let before = -1; before < size() || size() === 0; await sleep(500)) before = size();
  run.child.kill("SIGINT");
  while (!run.err().includes("SIGINT") && run.child.exitCode === null) await sleep(50);
  expect(run.child.exitCode, run.err()).toBe(null);
  run.child.kill("SIGINT");
  run.child.stdout?.resume();
  expect(await run.ended).toEqual({ code: null, signal: "SIGINT" });
  pgs([...RUN_NOTES, "--payload", "-", ...place], { input: note("after") });
  expect(pgs(["verify", "--state", ...place]).code).toBe(0);
});

test("a reader who has gone is not printed to: what runs ends, the rest is left, and it is said", () => {
  const place = notesPlace();
  const file = batchFile(Array.from({ length: 20_000 }, (_, at) => note(`n${at}`)));
  const program = [process.execPath, join(root, "bin/pgs.cjs"), ...RUN_NOTES, "--batch", file];
  const quoted = [...program, ...place].map((word) => `'${word}'`).join(" ");
  const ran = spawnSync("bash", ["-c", `${quoted} | head -1; exit \${PIPESTATUS[0]}`], {
    cwd: root,
  });
  const err = ran.stderr.toString();
  expect(ran.status, err).toBe(141);
  expect(err).toMatch(/^[\d,]+ lines: [\d,]+ executions ended/m);
  expect(err).toContain("its reader has gone, lines may be left");
  const { executions, ...rest } = pgs(["list", "--json", ...place]).json() as {
    executions: { status: string }[];
  };
  expect(executions.length, JSON.stringify(rest)).toBeLessThan(20_000);
  const verified = pgs(["verify", "--state", "--json", ...place]);
  expect(verified.json()).toMatchObject({ ok: true, open: [] });
});

test("a reader who has gone ends a batch that waits for lines", async () => {
  const run = startPgs([...RUN_NOTES, "--batch", "-", ...notesPlace()]);
  run.child.stdin?.write(`${note("a")}\n`);
  await run.printed(1);
  run.child.stdout?.destroy();
  run.child.stdin?.write(`${note("b")}\n`);
  expect(await run.ended).toEqual({ code: 141, signal: null });
  expect(run.err()).toContain("2 lines: 2 executions ended");
});

test("memory does not grow with the lines: ten times as many, not much more", () => {
  const peakKiB = (lines: number) => {
    const file = join(freshFolder(), "payloads.jsonl");
    writeFileSync(file, Array.from({ length: lines }, (_, at) => `${note(`n${at}`)}\n`).join(""));
    const args = [join(root, "bin/pgs.cjs"), ...RUN_NOTES, "--batch", file, ...notesPlace()];
    const watch = `process.on("exit", () => require("node:fs").writeSync(2, "peak " + process.resourceUsage().maxRSS + "\\n"))`;
    const preload = join(freshFolder(), "watch.cjs");
    writeFileSync(preload, watch);
    const ran = spawnSync(process.execPath, ["--require", preload, ...args], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(ran.status, ran.stderr.toString()).toBe(0);
    return Number(/peak (\d+)/.exec(ran.stderr.toString())?.[1]);
  };
  const few = peakKiB(2_000);
  const many = peakKiB(20_000);
  expect(few).toBeGreaterThan(10_000);
  expect(many - few).toBeLessThan(96 * 1024);
});
