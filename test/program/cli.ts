/**
 * Runs the built program in a real process on real files, as a person does. Each call gets a folder
 * of its own when it asks for one; nothing is mocked.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll } from "vitest";
import { callResident, type Given, mayStay } from "./resident.ts";

export const root = join(import.meta.dirname, "../..");
const program = join(root, "bin", "pgs.cjs");

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The document on standard output. */
  readonly json: () => Record<string, unknown>;
}

export interface Call {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `pgs` with these arguments: in a process of its own, or where that says the same, in a thread. */
export function pgs(args: readonly string[], call: Call = {}): Ran {
  const given = givenTo(args, call);
  if (!mayStay(given)) return pgsProcess(args, call);
  const { code, out, err } = callResident(given);
  return { code, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}

function givenTo(args: readonly string[], { input = "", cwd = root, env = {} }: Call): Given {
  return { args, input: Buffer.from(input), cwd, env };
}

/** The same, whatever it is, in a process of its own. */
export function pgsProcess(args: readonly string[], call: Call = {}): Ran {
  const ran = spawnSync(process.execPath, [program, ...args], {
    cwd: call.cwd ?? root,
    input: call.input ?? "",
    env: { ...process.env, NO_COLOR: "1", ...call.env },
    maxBuffer: 256 * 1024 * 1024,
    timeout: 120_000,
  });
  // A program that refuses an input need not read it to its end.
  const error = ran.error as NodeJS.ErrnoException | undefined;
  if (error !== undefined && error.code !== "EPIPE") throw error;
  const out = ran.stdout.toString("utf8");
  const err = ran.stderr.toString("utf8");
  return { code: ran.status, out, err, json: () => JSON.parse(out) as Record<string, unknown> };
}

const folders: string[] = [];

/** An empty folder, removed when the test file is done. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pgs-test-"));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Every file below a folder, relative, sorted. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
}

/** Everything below a folder as one value, to compare before and after. */
export function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesIn(folder).map((file) => [file, readFileSync(join(folder, file)).toString("base64")]),
  );
}

/** A workspace of one's own: a copy of the repository's domains and snapshot, or YAML given here. */
export function freshWorkspace(files?: Readonly<Record<string, string>>): string {
  const folder = freshFolder();
  if (files === undefined) {
    for (const part of ["protocol/domains", "snapshots"]) {
      cpSync(join(root, part), join(folder, part), {
        recursive: true,
        filter: (source) => relative(root, source) !== "protocol/domains/platform",
      });
    }
    return folder;
  }
  for (const [file, text] of Object.entries(files)) {
    cpSync(writeAside(text), join(folder, file), { recursive: true });
  }
  return folder;
}

/** Gives copies of a workspace that is compiled once, each without a data root. */
export function compiledOnce(files: () => Readonly<Record<string, string>>): () => string {
  let compiled: string | undefined;
  return () => {
    if (compiled === undefined) {
      const made = freshWorkspace(files());
      const ran = pgs(["compile", made]);
      if (ran.code !== 0) throw new Error(ran.out + ran.err);
      compiled = made;
    }
    const folder = freshFolder();
    cpSync(compiled, folder, { recursive: true });
    return folder;
  };
}

function writeAside(text: string): string {
  const file = join(freshFolder(), "text");
  writeFileSync(file, text);
  return file;
}
