/**
 * Four operators in processes of their own on one data root, some of them killed in the middle, and
 * readers beside them: nothing is registered twice, no position is used twice, no reader waits.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { foldText, readLedgerText } from "./ledger-text.ts";
import { type Answer, answersIn, complaintsOfAnswers, complaintsOfVerify } from "./oracle.ts";
import { type Ended, inParallel, run, start } from "./program.ts";
import { useSetting } from "./setting.ts";
import { at, emptyPlace, type Place, type Setting, WORKFLOW } from "./workload.ts";

const OPERATORS = 4;
const NAMES = 200;
const REGISTRATIONS = 1_000;
const CHUNK = 100;
const WAIT_S = 60;
const TIME_MAX_MS = 600_000;

const setting = useSetting();

interface Told {
  readonly operator: string;
  readonly answers: Map<string, Answer>;
  kills: number;
}

/** One part of an operator's work, as a file of payloads: given again until all of it is answered. */
function chunkArgs(place: Place, operator: string, chunk: number): readonly string[] {
  const file = join(place.folder, `${operator}-${chunk}.jsonl`);
  const lines = Array.from({ length: CHUNK }, (_, index) => {
    const number = chunk * CHUNK + index;
    // Each operator goes through the names in an order of its own; they meet all the time.
    const name = `name-${(number * (2 * operator.length + 1) + chunk) % NAMES}`;
    return `${JSON.stringify({ name, by: `${operator}-${number}` })}\n`;
  });
  writeFileSync(file, lines.join(""));
  const how = ["--concurrency", "16", "--traces", "none", "--wait", String(WAIT_S), "--json"];
  const key = ["--idempotency-key", `${operator}-${chunk}`];
  return ["run", "--wf", WORKFLOW, "--batch", file, ...how, ...key, ...at(setting(), place)];
}

async function operate(place: Place, operator: string): Promise<Told> {
  const told: Told = { operator, answers: new Map(), kills: 0 };
  for (let chunk = 0; chunk < REGISTRATIONS / CHUNK; chunk += 1) {
    const args = chunkArgs(place, operator, chunk);
    for (let attempt = 0; ; attempt += 1) {
      const { child, ended } = start(setting().program, args);
      // Some first attempts are killed, sooner or later: while they wait, start, write, or are done.
      const isKilled = attempt === 0 && (chunk + operator.charCodeAt(0)) % 3 === 0;
      if (isKilled) void sleep(100 + chunk * 70).then(() => child.kill("SIGKILL"));
      const end = await ended;
      hear(told, end);
      if (end.signal === "SIGKILL") told.kills += 1;
      else expect(end.code, end.out.slice(-400) + end.err).toBe(0);
      if (end.code === 0) break;
    }
  }
  return told;
}

/** What was answered once is answered the same ever after. */
function hear({ answers }: Told, { out }: Ended): void {
  for (const answer of answersIn(out)) {
    const before = answers.get(answer.trace_id);
    if (before !== undefined) expect(answer.result).toEqual(before.result);
    answers.set(answer.trace_id, answer);
  }
}

/** Reads, over and over, while others write. */
async function read(place: Place, args: readonly string[], until: () => boolean): Promise<number> {
  let reads = 0;
  for (; !until(); reads += 1) {
    const { code, out, err } = await run(setting().program, [...args, ...at(setting(), place)]);
    expect(code, `${args.join(" ")}: ${out.slice(0, 600)}${err}`).toBe(0);
  }
  return reads;
}

async function begun(place: Place): Promise<Answer> {
  const task = { name: "before", by: "before" };
  const { carryOut } = await import("./workload.ts");
  const [answer] = answersIn((await carryOut(setting(), place, task)).out);
  if (answer === undefined) throw new Error("the first run has no answer");
  return answer;
}

test(
  "operators who are killed and come again register each name once (L4)",
  async () => {
    const place = emptyPlace(setting());
    const first = await begun(place);
    let isOver = false;
    const reading = [["list"], ["verify"], ["examine", first.trace_id]].map((args) =>
      read(place, args, () => isOver),
    );
    const operators = ["a", "bb", "ccc", "dddd"].slice(0, OPERATORS);
    const told = await inParallel(operators, OPERATORS, (operator) =>
      operate(place, operator),
    ).finally(() => {
      isOver = true;
    });
    for (const reads of await Promise.all(reading)) expect(reads).toBeGreaterThan(0);
    expect(told.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThan(0);
    const { lines, complaints } = readLedgerText(place.data);
    expect(complaints).toEqual([]);
    const { names, events, complaints: twice } = foldText(lines);
    expect(twice).toEqual([]);
    expect([names.size, events.length]).toEqual([NAMES + 1, NAMES + 1]);
    const answers = [first, ...told.flatMap((one) => [...one.answers.values()])];
    expect(complaintsOfAnswers(lines, answers)).toEqual([]);
    // Each line of each file once, however often it was given.
    expect(answers.length).toBe(OPERATORS * REGISTRATIONS + 1);
    const opened = lines.filter(({ type, tenant }) => type === "opened" && tenant !== "_genesis");
    expect(opened.length).toBe(answers.length);
    expect(
      await complaintsOfVerify({ ...setting(), traces: false } satisfies Setting, place),
    ).toEqual([]);
  },
  TIME_MAX_MS,
);
