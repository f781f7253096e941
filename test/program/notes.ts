/**
 * A small protocol whose payloads end in each way there is, for tests that give many: `{"from":
 * {"text": t}}` is NOTED the first time and KNOWN after that, without a text it is NOTHING, with a
 * long one it ends on the fault route.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder, freshWorkspace, pgs, root } from "./cli.ts";

const NOTES = `
kind: domain
code: notes
summary: Notes that are taken once.
uses: [platform]
---
kind: effect
code: CS_NOTES_V0
summary: Notes by their text.
semantics: registry
store: notes
key: { type: string, maxLength: 20 }
value: { type: object, required: [text], additionalProperties: false, properties: { text: { type: string, maxLength: 20 } } }
---
kind: workflow
code: WF_NOTE_V0
summary: Note what is found, unless that was done before.
payload: { type: object, required: [from], additionalProperties: false, properties: { from: true } }
start: extract
nodes:
  extract:
    transform: platform::CT_EXTRACT_V0
    with: { from: $.payload.from, pointer: /text }
    on: { SUCCESS: note, NOT_FOUND: nothing }
  note:
    effect: CS_NOTES_V0
    op: REGISTER
    with: { key: $.nodes.extract.value, value: { text: $.nodes.extract.value } }
    on: { SUCCESS: noted, ALREADY_EXISTS: known }
exits:
  noted: { outcome: NOTED, result: { text: $.nodes.extract.value } }
  known: { outcome: KNOWN, result: { text: $.nodes.extract.value } }
  nothing: { outcome: NOTHING }
on_fault: { outcome: FAULTED }
`;

export const RUN_NOTES: readonly string[] = ["run", "--wf", "notes::WF_NOTE_V0"];

let compiled: string | undefined;

/** A place of its own: the workspace is compiled once, data and traces are fresh. */
export function notesPlace(): readonly string[] {
  if (compiled === undefined) {
    compiled = freshWorkspace({ "protocol/domains/notes/all.yaml": NOTES.trimStart() });
    const ran = pgs(["compile", compiled]);
    if (ran.code !== 0) throw new Error(ran.err);
  }
  const folder = freshFolder();
  const own = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  return ["--workspace", compiled, ...own];
}

export function note(text: string): string {
  return JSON.stringify({ from: { text } });
}

export const WITHOUT_TEXT = JSON.stringify({ from: {} });
export const TOO_LONG = note("a text that does not fit");

export function batchFile(lines: readonly string[]): string {
  const path = join(freshFolder(), "payloads.jsonl");
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** A line that `pgs run --batch --json` printed. */
export interface Told {
  readonly line?: number;
  readonly trace_id?: string;
  readonly outcome?: string;
  readonly fault?: boolean;
  readonly repeated?: boolean;
  readonly refused?: { readonly code: string; readonly problems: { readonly pointer: string }[] };
  readonly summary?: Readonly<Record<string, unknown>>;
}

export function toldIn(out: string): readonly Told[] {
  const whole = out.slice(0, out.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Told);
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly out: () => string;
  readonly err: () => string;
  /** Settles when it has printed so many lines, or has ended. */
  readonly printed: (lines: number) => Promise<void>;
}

/** `pgs` with these arguments, left running. */
export function startPgs(args: readonly string[]): Started {
  const child = spawn(process.execPath, [join(root, "bin/pgs.cjs"), ...args], { cwd: root });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let newlines = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    out.push(chunk);
    newlines += chunk.filter((byte) => byte === 0x0a).length;
  });
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {});
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal })),
  );
  const printed = (lines: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (newlines >= lines) resolve();
      };
      child.stdout.on("data", look);
      child.on("close", () => resolve());
      look();
    });
  const textOf = (chunks: readonly Buffer[]) => () => Buffer.concat(chunks).toString("utf8");
  return { child, ended, out: textOf(out), err: textOf(err), printed };
}
