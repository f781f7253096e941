/**
 * What strace writes down, as values: each file call once, in the order in which they ended. It only
 * reads; which calls mean what to a disk is said in `disk-model.ts`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls that change what stands on a disk, or open it to be changed. */
export const CALLS = Object.freeze([
  "openat",
  "write",
  "pwrite64",
  "fdatasync",
  "fsync",
  "rename",
  "mkdir",
  "ftruncate",
  "unlink",
] as const);
export type CallName = (typeof CALLS)[number];

/** Calls that the program does not make today: were it to make one, the model would not know it. */
export const UNKNOWN_CALLS = Object.freeze([
  "open",
  "creat",
  "writev",
  "pwritev",
  "pwritev2",
  "renameat",
  "renameat2",
  "unlinkat",
  "mkdirat",
  "rmdir",
  "link",
  "linkat",
  "symlink",
  "symlinkat",
  "truncate",
  "fallocate",
  "copy_file_range",
  "sendfile",
  "splice",
  "sync_file_range",
]);

export interface Call {
  readonly thread: number;
  readonly name: string;
  readonly args: readonly string[];
  /** What it returned; undefined where the process ended in it. */
  readonly result: string;
  readonly injected: boolean;
  /** How many calls had ended when it began. */
  readonly after: number;
}

/** What stands before a command whose calls of these kinds are to be written down. */
export function recorded(
  log: string,
  calls: readonly string[],
  more: readonly string[] = [],
): readonly string[] {
  const filtered = more.some((option) => option.includes("signal=")) ? [] : ["--seccomp-bpf"];
  const whole = [...filtered, "-s", String(STRING_BYTES)];
  return [...STRACE, ...whole, ...into(log, calls), ...more, "--"];
}

/**
 * The same, with a fault at one of the calls that touch these paths. (Where the kernel filters the
 * calls for strace, as above, a signal that is to be injected never comes.)
 */
export function faulted(log: string, { call, paths, fault }: Injected): readonly string[] {
  const looked = paths.flatMap((path) => ["-P", path]);
  return [...STRACE, ...into(log, [call]), ...looked, "-e", `inject=${call}:${fault}`, "--"];
}

export interface Injected {
  readonly call: CallName;
  readonly paths: readonly string[];
  /** As strace writes it: `error=EIO:when=3`. */
  readonly fault: string;
}

/** Follows threads, says nothing, gives the paths of descriptors and all strings in hexadecimal. */
const STRACE = Object.freeze(["strace", "-f", "-qq", "-y", "-xx"]);
/** No string is longer; one that is cut short is an error. */
const STRING_BYTES = 4_194_304;

function into(log: string, calls: readonly string[]): readonly string[] {
  return ["-o", log, "-e", `trace=${calls.join(",")}`];
}

/** Why strace cannot be used here; undefined where it can. */
export function straceMissing(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "pgs-strace-"));
  try {
    const fault = { call: "fsync", paths: [], fault: "signal=SIGKILL:when=1" } as const;
    const [command = "", ...args] = faulted(join(folder, "log"), fault);
    const script = 'require("fs").fsyncSync(2)';
    const ran = spawnSync(command, [...args, process.execPath, "-e", script], { stdio: "ignore" });
    if (ran.error !== undefined) return "strace is not installed";
    return ran.signal === "SIGKILL" ? undefined : "strace may not trace, or inject faults, here";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The calls of a log, in the order in which they ended. */
export function callsIn(log: string): readonly Call[] {
  const begun = new Map<number, { readonly text: string; readonly after: number }>();
  const calls: Call[] = [];
  for (const line of readFileSync(log, "latin1").split("\n")) {
    const numbered = /^(\d+)\s+(.*)$/s.exec(line);
    if (numbered === null) continue;
    const thread = Number(numbered[1]);
    let text = numbered[2] ?? "";
    let after = calls.length;
    if (text.endsWith("<unfinished ...>")) {
      const whole = text.slice(0, -"<unfinished ...>".length).trimEnd();
      begun.set(thread, { text: whole, after });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>\s*(.*)$/s.exec(text);
    if (resumed !== null) {
      const before = begun.get(thread);
      text = `${before?.text ?? ""}${resumed[1]}`;
      after = before?.after ?? after;
      begun.delete(thread);
    }
    const call = /^(\w+)\((.*)\)\s+= (.*)$/s.exec(text);
    if (call === null) continue;
    const [, name = "", args = "", result = ""] = call;
    const injected = result.includes("(INJECTED)");
    calls.push({ thread, name, args: splitArgs(args), result, injected, after });
  }
  return calls;
}

/** At the commas that stand in no string (every character of which is written as `\\x2f`). */
function splitArgs(text: string): readonly string[] {
  return (
    text.match(/(?:"[^"]*"(?:\.\.\.)?|<[^>]*>|\{[^}]*\}|\[[^\]]*\]|[^,])+/g)?.map(trimmed) ?? []
  );
}

function trimmed(text: string): string {
  return text.trim();
}

/** The path of an argument, given by its name or by its descriptor; undefined for anything else. */
export function pathIn(arg: string | undefined): string | undefined {
  const written =
    /^\d+<(.*)>(?:\(deleted\))?$/s.exec(arg ?? "")?.[1] ?? /^"(.*)"$/s.exec(arg ?? "")?.[1];
  const path = written === undefined ? undefined : fromHex(written).toString("utf8");
  return path?.startsWith("/") === true ? path.replace(/ ?\(deleted\)$/, "") : undefined;
}

/** The bytes of an argument that is a string. */
export function bytesIn(arg: string | undefined): Buffer {
  const written = /^"(.*)"$/s.exec(arg ?? "")?.[1];
  if (written === undefined) throw new Error(`strace cut a string short: ${arg?.slice(0, 80)}`);
  return fromHex(written);
}

function fromHex(written: string): Buffer {
  return Buffer.from(written.replaceAll("\\x", ""), "hex");
}

export function pathsOf(call: Call): readonly string[] {
  return call.args.flatMap((arg) => pathIn(arg) ?? []);
}
