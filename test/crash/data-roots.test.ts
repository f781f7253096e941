/**
 * A data root that is pulled away, replaced, made read-only, or held by an operator who does not let
 * go: each while a real process writes to it. Nothing is answered that could not be found again.
 */
import {
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { faulted } from "./calls.ts";
import { type Answer, answersIn, complaintsAfter } from "./oracle.ts";
import { run, type Started, start } from "./program.ts";
import { noFaults, useSetting } from "./setting.ts";
import { at, carryOut, emptyPlace, type Place, runArgs, WORKFLOW } from "./workload.ts";

const POLL_MS = 5;
/** How long a flush is held up, so that the data root can be moved meanwhile. */
const FLUSH_US = 3_000_000;

const setting = useSetting();

interface Used {
  readonly place: Place;
  readonly ledger: string;
  readonly told: readonly Answer[];
}

async function used(): Promise<Used> {
  const place = emptyPlace(setting());
  const ada = await carryOut(setting(), place, { name: "ada", by: "first" });
  return { place, ledger: join(place.data, "ledger/00000001.jsonl"), told: answersIn(ada.out) };
}

async function until(holds: () => boolean, started: Started): Promise<void> {
  let isOver = false;
  void started.ended.then(() => {
    isOver = true;
  });
  while (!holds()) {
    if (isOver) throw new Error(`it ended first: ${JSON.stringify(await started.ended)}`);
    await sleep(POLL_MS);
  }
}

/** Runs until the ledger is written and not yet flushed; then `meanwhile`; then it may go on. */
async function duringFlush({ place, ledger }: Used, meanwhile: () => void) {
  const before = statSync(ledger).size;
  const fault = { call: "fdatasync", paths: [ledger], fault: `delay_enter=${FLUSH_US}` } as const;
  const prefix = faulted(join(place.folder, "strace.log"), fault);
  const args = runArgs(setting(), place, { name: "bob", by: "faulted" });
  const started = start(setting().program, args, prefix);
  await until(() => statSync(ledger).size > before, started);
  meanwhile();
  return started.ended;
}

function refusal(out: string): string {
  return (JSON.parse(out) as { refused: { code: string } }).refused.code;
}

describe.skipIf(noFaults)(`a data root${noFaults ? ` (${noFaults})` : ""}`, () => {
  test("that is pulled away under a write is missed before an answer is given", async () => {
    const root = await used();
    const away = `${root.place.data}-away`;
    const ended = await duringFlush(root, () => renameSync(root.place.data, away));
    expect([ended.code, refusal(ended.out)]).toEqual([11, "data-root/vanished"]);
    expect(answersIn(ended.out)).toEqual([]);
    expect(existsSync(join(root.place.data, "ledger"))).toBe(false);
    rmSync(root.place.data, { recursive: true, force: true });
    renameSync(away, root.place.data);
    expect(await complaintsAfter(setting(), root.place, "bob", root.told)).toEqual([]);
  });

  test("that is replaced under a write is missed before an answer is given", async () => {
    const root = await used();
    const away = `${root.place.data}-away`;
    const copy = `${root.place.data}-copy`;
    cpSync(root.place.data, copy, { recursive: true });
    const ended = await duringFlush(root, () => {
      renameSync(root.place.data, away);
      renameSync(copy, root.place.data);
    });
    expect([ended.code, refusal(ended.out)]).toEqual([11, "data-root/replaced"]);
    expect(answersIn(ended.out)).toEqual([]);
    // The copy was made before: what it holds stands, and it goes on.
    expect(await complaintsAfter(setting(), root.place, "bob", root.told)).toEqual([]);
  });

  test.each(["write", "pwrite64", "openat", "rename", "ftruncate", "unlink"] as const)(
    "that becomes read-only at a %s refuses, keeps what was answered, and goes on later",
    async (call) => {
      for (const when of [1, 3]) {
        const { place, told } = await used();
        const files = ["ledger/00000001.jsonl", "owner.json", "owner.json.aside", "state.db"];
        const paths = [...files, "state.db-wal", "owner.db"].map((name) => join(place.data, name));
        const fault = { call, paths, fault: `error=EROFS:when=${when}+` };
        const prefix = faulted(join(place.folder, "strace.log"), fault);
        const ended = await carryOut(setting(), place, { name: "bob", by: "faulted" }, prefix);
        const said = ended.out + ended.err;
        expect(said).not.toMatch(/own.fault/);
        expect([0, 11], said).toContain(ended.code);
        if (ended.code === 11) expect(refusal(ended.out)).toMatch(/\/not-writable$/);
        const all = [...told, ...answersIn(ended.out)];
        expect(await complaintsAfter(setting(), place, "bob", all)).toEqual([]);
      }
    },
  );
});

test("an operator who stands still holds the data root; he is named, and readers do not wait", async () => {
  const { place, told } = await used();
  const file = join(place.folder, "many.jsonl");
  const lines = Array.from({ length: 8_000 }, (_, n) => `{"name":"n${n}","by":"still"}\n`);
  writeFileSync(file, lines.join(""));
  const where = at(setting(), place);
  const batch = ["run", "--wf", WORKFLOW, "--batch", file, "--traces", "none", "--json", ...where];
  const started = start(setting().program, batch);
  const { pid } = started.child;
  const note = join(place.data, "owner.json");
  await until(() => readFileSync(note, "utf8").includes(`"pid":${pid},`), started);
  started.child.kill("SIGSTOP");
  for (const args of [["list"], ["verify"], ["examine", told[0]?.trace_id ?? ""]]) {
    const read = await run(setting().program, [...args, ...where]);
    expect(read.code, read.out + read.err).toBe(0);
  }
  const other = runArgs(setting(), place, { name: "bob", by: "other" });
  const ended = await run(setting().program, [...other, "--wait", "0"]);
  expect([ended.code, refusal(ended.out)]).toEqual([7, "data-root/held"]);
  expect(ended.out).toContain(`process ${pid} (\`pgs run`);
  started.child.kill("SIGCONT");
  const { code, out, err } = await started.ended;
  expect(code, err).toBe(0);
  expect(answersIn(out).length).toBe(lines.length);
  const untraced = { ...setting(), traces: false };
  expect(await complaintsAfter(untraced, place, "bob", [...told, ...answersIn(out)])).toEqual([]);
});
