/**
 * The file drop's own bytes over a file system under the test's control: every call is counted,
 * and the N-th may end the process before or after it, fail, or write less than it was given. In a
 * process of its own, so that a kill is one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import files from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { External, ExternalCall } from "../../protocol/language/capabilities.ts";
import type { Json } from "../../protocol/language/json.ts";
import { FOLDER } from "./built.ts";

const require = createRequire(import.meta.url);

/** What happens at the N-th call to the file system, counted from 1. */
export interface Fault {
  readonly at: number;
  readonly how: "kill-before" | "kill-after" | "abort" | "replace" | `E${string}`;
}

export interface Dropping {
  readonly folder: string;
  readonly name: string;
  readonly content: string;
  readonly key?: string;
  readonly attempt?: number;
  readonly fault?: Fault;
  /** The most that one write takes. */
  readonly writeBytesMax?: number;
}

export interface Dropped {
  /** Null where it was killed; `threw` where the implementation did. */
  readonly answer: Json;
  /** Each call that was made to the file system, in order: `open aside`, `sync folder`, … */
  readonly calls: readonly string[];
}

/**
 * Makes of `node:fs/promises` one that counts: as text, because it runs here and in processes of
 * their own. `kill` ends the process, or never returns.
 */
const FAULTY = `(real, { folder, fault, writeBytesMax }, stop, kill, seen) => {
  let calls = 0;
  async function counted(name, act) {
    const hit = ++calls === fault?.at ? fault.how : undefined;
    if (hit === "kill-before") await kill();
    if (hit === "abort") stop.abort();
    if (hit?.startsWith("E")) throw Object.assign(new Error(hit), { code: hit });
    if (hit === "replace") {
      await real.rename(folder, folder + ".old");
      await real.mkdir(folder);
    }
    seen.call(name);
    try {
      return await act();
    } finally {
      if (hit === "kill-after") await kill();
    }
  }
  const placeOf = (path) =>
    path === folder ? "folder" : path.endsWith(".part") ? "aside" : "target";
  const handleOf = (handle, place) => (seen.handle(handle), {
    stat: (options) => counted("stat " + place, () => handle.stat(options)),
    read: (...given) => counted("read " + place, () => handle.read(...given)),
    write: (bytes, from, length, at) => counted("write " + place, () =>
      handle.write(bytes, from, Math.min(length, writeBytesMax ?? length), at)),
    sync: () => counted("sync " + place, () => handle.sync()),
    close: () => counted("close " + place, () => handle.close()),
  });
  return {
    lstat: (path, options) => counted("lstat " + placeOf(path), () => real.lstat(path, options)),
    open: (path, ...given) => counted("open " + placeOf(path), async () =>
      handleOf(await real.open(path, ...given), placeOf(path))),
    unlink: (path) => counted("unlink " + placeOf(path), () => real.unlink(path)),
    link: (from, to) =>
      counted("link " + placeOf(from) + " " + placeOf(to), () => real.link(from, to)),
  };
}`;

/** What a process of its own runs: it prints the answer. */
const CHILD = `
const fs = require("node:fs");
const { program, dropping, call } = JSON.parse(fs.readFileSync(0, "utf8"));
const stop = new AbortController();
const kill = () => process.kill(process.pid, "SIGKILL");
const wrapped = (${FAULTY})(require("node:fs/promises"), dropping, stop, kill, {
  call: () => undefined,
  handle: () => undefined,
});
const module_ = { exports: {} };
const ask = (name) => (name === "node:fs/promises" ? wrapped : require(name));
new Function("module", "exports", "require", program)(module_, module_.exports, ask);
module_.exports.external.call({ ...call, signal: stop.signal }).then(
  (answer) => fs.writeSync(1, JSON.stringify(answer)),
);`;

const PROGRAM = readFileSync(join(FOLDER, "file-drop.js"), "utf8");

function callOf({ folder, name, content, attempt, key }: Dropping): Omit<ExternalCall, "signal"> {
  return {
    operation: "DROP",
    input: { name, content },
    settings: { folder },
    repeat: "safe",
    idempotencyKey: key ?? "key",
    attempt: attempt ?? 1,
    trace: "trace",
    node: "node",
  };
}

/** Drops a file over a faulty file system. Killed: nothing more of it is ever heard. */
export async function dropWith(dropping: Dropping): Promise<Dropped> {
  const calls: string[] = [];
  const stop = new AbortController();
  let killed: (nothing: null) => void = () => undefined;
  const dead = new Promise<null>((resolve) => {
    killed = resolve;
  });
  const kill = (): Promise<never> => {
    killed(null);
    return new Promise(() => undefined);
  };
  const handles: files.FileHandle[] = [];
  const seen = {
    call: (name: string) => calls.push(name),
    handle: (handle: files.FileHandle) => handles.push(handle),
  };
  const make = new Function(`return ${FAULTY};`)() as (...given: unknown[]) => unknown;
  const wrapped = make(files, dropping, stop, kill, seen);
  const module: { exports: { external?: External } } = { exports: {} };
  const ask = (name: string): unknown => (name === "node:fs/promises" ? wrapped : require(name));
  new Function("module", "exports", "require", PROGRAM)(module, module.exports, ask);
  const answer = module.exports.external
    ?.call({ ...callOf(dropping), signal: stop.signal })
    .catch((error: unknown) => ({ threw: String(error) }));
  const heard = await Promise.race([answer, dead]);
  // The system closes what a dead process had open.
  for (const handle of handles) if (handle.fd >= 0) await handle.close();
  return { answer: heard as Json, calls };
}

/** Drops a file in a process of its own, after what a shell is told first. Null where it was killed. */
export function dropApart(dropping: Dropping, shell = ":"): Json {
  const input = JSON.stringify({ program: PROGRAM, dropping, call: callOf(dropping) });
  const given = ["-c", `${shell}; exec "$0" "$@"`, process.execPath, "-e", CHILD];
  const { stdout, stderr } = spawnSync("/bin/sh", given, { input, encoding: "utf8" });
  if (stderr !== "") throw new Error(stderr);
  return stdout === "" ? null : (JSON.parse(stdout) as Json);
}

/** What stands in a folder: names and contents, hidden ones too. */
export function standing(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** A pipe with no one at its other end. */
export function makePipe(path: string): void {
  execFileSync("mkfifo", [path]);
}
