/**
 * A file that is dropped again and again, in real processes, until its folder takes it: each attempt
 * is on record under one key, the file stands there once and whole, and nothing beside it. A name
 * that is taken is told as what it is, and never written over.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { freshFolder, freshWorkspace, pgs } from "./cli.ts";
import { recordsIn } from "./desk.ts";
import { startPgs } from "./notes.ts";

const TEXT = "{ type: string, maxLength: 40 }";
const ATTEMPTS = 100;
const POLL_MS = 20;
const CONTENT = "all of it";

function protocol(folder: string): string {
  return `
kind: domain
code: post
summary: Notes that are dropped until they are there.
---
kind: effect
code: CS_NOTES_V0
summary: Notes in a folder.
semantics: external
implementation: file-drop
settings: { folder: ${folder} }
operations:
  DROP:
    input: { type: object, required: [name, content], additionalProperties: false, properties: { name: ${TEXT}, content: ${TEXT} } }
    outcomes:
      DROPPED: { type: object }
      EXISTS: { type: object }
      REFUSED: { type: object }
    repeat: safe
    timeout: PT10S
---
kind: workflow
code: WF_DROP_V0
summary: Drop a note.
payload: { type: object, required: [name], additionalProperties: false, properties: { name: ${TEXT} } }
start: drop
nodes:
  drop:
    effect: CS_NOTES_V0
    op: DROP
    with: { name: $.payload.name, content: ${CONTENT} }
    retry: { outcomes: [REFUSED], attempts: ${ATTEMPTS}, wait: PT0.2S, factor: 1 }
    on: { DROPPED: dropped, EXISTS: taken, REFUSED: lost, TIMEOUT: lost }
exits:
  dropped: { outcome: DROPPED }
  taken: { outcome: TAKEN }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
`.trimStart();
}

interface Place {
  readonly workspace: string;
  /** Where notes are dropped: not there yet. */
  readonly notes: string;
}

function place(): Place {
  const notes = join(freshFolder(), "notes");
  const workspace = freshWorkspace({ "protocol/domains/post/all.yaml": protocol(notes) });
  const ran = pgs(["compile", workspace]);
  expect(ran.code, ran.out + ran.err).toBe(0);
  return { workspace, notes };
}

function recordsOf({ workspace }: Place): readonly LedgerRecord[] {
  return recordsIn(workspace).filter(({ trace }) => trace === "t1");
}

/** So many attempts fail, then the fault is mended; settles with what the execution came to. */
async function dropped(where: Place, failures: number, mend: () => void) {
  const { workspace } = where;
  const payload = join(workspace, "payload.json");
  writeFileSync(payload, JSON.stringify({ name: "note.txt" }));
  const work = ["--wf", "post::WF_DROP_V0", "--payload", payload, "--trace-id", "t1"];
  const started = startPgs(["run", "--workspace", workspace, ...work, "--json"]);
  started.child.stdin?.end();
  let running = true;
  void started.ended.then(() => {
    running = false;
  });
  const retries = () => recordsOf(where).filter(({ type }) => type === "retry").length;
  while (retries() < failures) {
    if (!running) pgs(["wake", "--workspace", workspace]);
    await sleep(POLL_MS);
  }
  mend();
  await started.ended;
  for (;;) {
    const records = recordsOf(where);
    if (records.at(-1)?.type === "closed") return records;
    pgs(["wake", "--workspace", workspace]);
    await sleep(POLL_MS);
  }
}

/** Each attempt is announced, and told as refused but for the last; all of them are one call. */
function requireAttempts(records: readonly LedgerRecord[], failures: number): void {
  const attempts = records.flatMap((one) => (one.type === "attempted" ? [one] : []));
  const retries = records.flatMap((one) => (one.type === "retry" ? [one] : []));
  expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, at) => at + 1));
  expect(new Set(attempts.map(({ idempotency_key }) => idempotency_key)).size).toBe(1);
  expect(retries.map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
    attempts.slice(0, -1).map(({ attempt }) => [attempt, "REFUSED"]),
  );
  expect(retries.length).toBeGreaterThanOrEqual(failures);
}

function requireSound({ workspace }: Place): void {
  for (const command of [
    ["verify", "--state"],
    ["replay", "--all"],
  ]) {
    const held = pgs([...command, "--workspace", workspace]);
    expect(held.code, `${command}: ${held.out}${held.err}`).toBe(0);
  }
}

function mounted(folder: string, ...how: readonly string[]): boolean {
  return spawnSync("mount", [...how, folder]).status === 0;
}

const canMount = (() => {
  const folder = freshFolder();
  if (!mounted(folder, "-t", "tmpfs", "none")) return false;
  spawnSync("umount", [folder]);
  return true;
})();

interface Fault {
  readonly made: (notes: string) => void;
  readonly mended: (notes: string) => void;
  readonly over: (notes: string) => void;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "is missing": {
    made: () => {},
    mended: (notes) => void mkdirSync(notes),
    over: () => {},
  },
  "is a file": {
    made: (notes) => writeFileSync(notes, ""),
    mended(notes) {
      rmSync(notes);
      mkdirSync(notes);
    },
    over: () => {},
  },
  "is read-only": {
    made(notes) {
      mkdirSync(notes);
      expect(mounted(notes, "-t", "tmpfs", "-o", "ro", "none")).toBe(true);
    },
    mended: (notes) => expect(mounted(notes, "-o", "remount,rw")).toBe(true),
    over: (notes) => void spawnSync("umount", [notes]),
  },
};

test.each(Object.entries(FAULTS).filter(([name]) => canMount || name !== "is read-only"))(
  "a folder that %s at first gets the file once, and whole",
  async (_, fault) => {
    const where = place();
    fault.made(where.notes);
    try {
      const records = await dropped(where, 2, () => fault.mended(where.notes));
      expect(records.at(-1)).toMatchObject({ type: "closed", outcome: "DROPPED" });
      requireAttempts(records, 2);
      expect(readdirSync(where.notes)).toEqual(["note.txt"]);
      expect(readFileSync(join(where.notes, "note.txt"), "utf8")).toBe(CONTENT);
      requireSound(where);
    } finally {
      fault.over(where.notes);
    }
  },
);

test.each([
  ["by something else is told, and stays as it is", "others' words", "TAKEN"],
  ["by the same content is as good as dropped", CONTENT, "DROPPED"],
])("a name that was taken meanwhile %s", async (_, content, outcome) => {
  const where = place();
  const records = await dropped(where, 1, () => {
    // Both at once: no attempt finds the folder without the file.
    const aside = `${where.notes}.aside`;
    mkdirSync(aside);
    writeFileSync(join(aside, "note.txt"), content);
    spawnSync("mv", [aside, where.notes]);
  });
  expect(records.at(-1)).toMatchObject({ type: "closed", outcome });
  requireAttempts(records, 1);
  expect(readdirSync(where.notes)).toEqual(["note.txt"]);
  expect(readFileSync(join(where.notes, "note.txt"), "utf8")).toBe(content);
  requireSound(where);
});
