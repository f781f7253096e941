/** What a start finds of a former one is said, as text and in the JSON documents, and only then. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeLine } from "../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../protocol/language/records.ts";
import { freshFolder, freshWorkspace, pgs } from "./cli.ts";
import { batchFile, note, notesPlace, RUN_NOTES, toldIn } from "./notes.ts";

const dropped = freshFolder();
const POSTS = `
kind: domain
code: posts
summary: Files that others read.
---
kind: effect
code: CS_POSTS_V0
summary: A folder that others read.
semantics: external
implementation: file-drop
settings: { folder: ${dropped} }
operations:
  DROP:
    input: { type: object, required: [name, content], additionalProperties: false, properties: { name: { type: string }, content: { type: string } } }
    outcomes:
      DROPPED: { type: object }
      EXISTS: { type: object }
      REFUSED: { type: object }
    repeat: safe
    timeout: PT10S
---
kind: workflow
code: WF_POST_V0
summary: Put a file where others read it.
payload: { type: object, required: [name], additionalProperties: false, properties: { name: { type: string } } }
start: post
nodes:
  post:
    effect: CS_POSTS_V0
    op: DROP
    with: { name: $.payload.name, content: "" }
    on: { DROPPED: posted, EXISTS: posted, REFUSED: lost, TIMEOUT: lost }
exits:
  posted: { outcome: POSTED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
`;

const workspace = freshWorkspace({ "protocol/domains/posts/all.yaml": POSTS.trimStart() });
const compiled = pgs(["compile", workspace]);
const RUN = ["run", "--wf", "posts::WF_POST_V0", "--workspace", workspace];

function payload(name: string): string {
  return JSON.stringify({ name });
}

/** A data root whose writer was stopped: its ledger up to the record, and what is torn behind it. */
function stopped(upTo: "attempted" | "external", torn = ""): { place: string[]; trace: string } {
  const [whole, data] = [join(freshFolder(), "data"), join(freshFolder(), "data")];
  const args = ["--payload", "-", "--json", "--data-root", whole, "--traces-dir", freshFolder()];
  const ran = pgs([...RUN, ...args], { input: payload("first") });
  const lines = readFileSync(join(whole, "ledger/00000001.jsonl"), "utf8").split("\n");
  const end = lines.findIndex((line) => line.includes(`"type":"${upTo}"`)) + 1;
  mkdirSync(join(data, "ledger"), { recursive: true });
  const left = lines.slice(0, end).map((line) => `${line}\n`);
  writeFileSync(join(data, "ledger/00000001.jsonl"), left.join("") + torn);
  const place = ["--data-root", data, "--traces-dir", freshFolder()];
  return { place, trace: String(ran.json().trace_id) };
}

test("an execution that was brought to its end, and a tail that was cut", () => {
  expect(compiled.code, compiled.err).toBe(0);
  const text = stopped("external", '{"half');
  const said = pgs([...RUN, "--payload", "-", ...text.place], { input: payload("a") });
  expect(said.err).toContain(`recovery: brought ${text.trace} to its end`);
  expect(said.err).toContain("recovery: cut a torn tail of 6 bytes");
  const found = stopped("external", '{"half');
  const run = [...RUN, "--payload", "-", "--json", ...found.place];
  expect(pgs(run, { input: payload("a") }).json().recovery).toMatchObject({
    continued: [found.trace],
    calling: [],
    stuck: [],
    cuts: [{ segment: "00000001.jsonl", bytes: 6 }],
  });
  expect(pgs(run, { input: payload("b") }).json().recovery).toBeUndefined();
});

test("others' executions are brought to their end, and nobody else is told of them", () => {
  const env = { PGS_OPERATOR_TENANT: "next_door" };
  const text = stopped("external", '{"half');
  const said = pgs([...RUN, "--payload", "-", ...text.place], { input: payload("a"), env });
  expect(said.err).not.toContain(text.trace);
  // What was torn is nobody's.
  expect(said.err).toContain("recovery: cut a torn tail of 6 bytes");
  const found = stopped("external");
  const run = [...RUN, "--payload", "-", "--json", ...found.place];
  const answered = pgs(run, { input: payload("a"), env });
  expect(answered.out).not.toContain(found.trace);
  expect(answered.json()).toMatchObject({ outcome: "POSTED" });
  expect(answered.json().recovery).toBeUndefined();
  expect(pgs(["verify", "--workspace", workspace, ...found.place]).out).not.toContain("open:");
});

test("an execution that goes on with a call that was interrupted", () => {
  const text = stopped("attempted");
  const said = pgs([...RUN, "--payload", "-", ...text.place], { input: payload("a") });
  const goesOn = `recovery: goes on with ${text.trace}, whose call to the outside was interrupted`;
  expect(said.err).toContain(goesOn);
  expect(said.err).not.toContain("brought");
  const found = stopped("attempted");
  const batch = [...RUN, "--batch", batchFile([payload("b")]), "--json", ...found.place];
  expect(toldIn(pgs(batch).out).at(-1)?.summary).toMatchObject({
    outcomes: { POSTED: 1 },
    recovery: { continued: [], calling: [found.trace] },
  });
  expect(toldIn(pgs(batch).out).at(-1)?.summary).not.toHaveProperty("recovery");
  expect(pgs(["verify", "--workspace", workspace, ...found.place]).out).not.toContain("open:");
});

/** What the ledger has of a trace. */
function typesOf(trace: string, [, data = ""]: readonly string[]): readonly string[] {
  const lines = readFileSync(join(data, "ledger/00000001.jsonl"), "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as { trace: string; type: string })
    .filter((record) => record.trace === trace)
    .map(({ type }) => type);
}

test("who comes for a session goes on with nothing that a stop left open", () => {
  const { place, trace } = stopped("attempted");
  const before = typesOf(trace, place);
  const at = ["--workspace", workspace, "--json", ...place];
  const created = pgs(["session", "create", ...at]);
  expect(created.code, created.err).toBe(0);
  expect(created.json().recovery).toBeUndefined();
  const { session } = created.json();
  expect(pgs(["session", "end", String(session), ...at]).code).toBe(0);
  expect(typesOf(trace, place)).toEqual(before);
  const ran = pgs([...RUN, "--payload", "-", ...place], { input: payload("a") });
  expect(ran.err).toContain(`goes on with ${trace}`);
});

test("a name that there is not, or what is no credential, opens nothing", () => {
  const { place, trace } = stopped("attempted");
  const before = typesOf(trace, place);
  const payloadOf = ["--payload", "-", "--json", "--workspace", workspace, ...place];
  const cases = [
    [["--wf", "posts::WF_PAST_V0"], "workflow/unknown"],
    [["--intent", "posts.past"], "intent/unknown"],
    [["--wf", "posts::WF_POST_V0", "--session", "mine"], "session/bad-credential"],
  ] as const;
  for (const [asked, code] of cases) {
    const ran = pgs(["run", ...asked, ...payloadOf], { input: payload("a") });
    expect(ran.code, ran.err).toBe(4);
    expect(ran.json()).toMatchObject({ refused: { code } });
    expect(ran.err).not.toContain("recovery");
  }
  expect(typesOf(trace, place)).toEqual(before);
});

/** A data root on which so many executions stopped behind their first records. */
function begun(count: number): readonly string[] {
  const notes = Array.from({ length: count }, (_, at) => note(`n${at}`));
  const whole = notesPlace();
  const ran = pgs([...RUN_NOTES, "--batch", batchFile(notes), "--traces", "none", ...whole]);
  expect(ran.code, ran.err).toBe(0);
  const place = notesPlace();
  const ledger = (of: readonly string[]) => join(of[3] ?? "", "ledger");
  const lines = readFileSync(join(ledger(whole), "00000001.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const opened = lines
    .map((line) => JSON.parse(line) as LedgerRecord)
    .filter((one) => one.type === "opened" && one.workflow === "notes::WF_NOTE_V0");
  const own = opened.map(({ n: _n, trace, seq, at, prev, hash: _h, ...body }, before) => {
    const first = { ...body, flushed: 0 } as unknown as RecordBody;
    return writeLine({ n: before + 1, trace, seq, at, prev }, first).line;
  });
  mkdirSync(ledger(place), { recursive: true });
  writeFileSync(join(ledger(place), "00000001.jsonl"), own.join(""));
  return place;
}

test("who comes for one thing leaves what many others wait for to the next start, and says so", () => {
  const count = 4_000;
  const place = begun(count);
  const run = [...RUN_NOTES, "--payload", "-", "--traces", "none", ...place];
  const one = pgs([...run, "--json"], { input: note("one") });
  const { later, left } = one.json().recovery as Record<string, readonly string[]>;
  expect(later?.length).toBe(count - 1_025);
  expect(later?.slice(-(left?.length ?? 0))).toEqual(left);
  expect(left?.length).toBeGreaterThan(0);
  expect(one.err).toContain(
    `${left?.length.toLocaleString("en")} executions stay open for the next start`,
  );
  const woken = pgs(["wake", "--json", ...place]);
  expect(woken.code, woken.err).toBe(0);
  expect(woken.err).not.toContain("stay open");
  expect(woken.json().recovery).not.toHaveProperty("left");
  const verified = pgs(["verify", "--state", ...place]);
  expect(verified.code, verified.err).toBe(0);
  expect(verified.out).not.toContain("open:");
});
